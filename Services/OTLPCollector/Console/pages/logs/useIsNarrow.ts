// Whether the screen is narrow, as the style sheets see it.

import { useSyncExternalStore } from "react";

const NARROW = window.matchMedia("(max-width: 800px)");

export function useIsNarrow(): boolean {
  return useSyncExternalStore(
    (listener) => {
      NARROW.addEventListener("change", listener);
      return () => NARROW.removeEventListener("change", listener);
    },
    () => NARROW.matches,
  );
}
