// The list that was seen last, which is where a trace leads back to.

let address = "/traces";

export function rememberList(): void {
  address = location.pathname + location.search;
}

export function lastList(): string {
  return address;
}
