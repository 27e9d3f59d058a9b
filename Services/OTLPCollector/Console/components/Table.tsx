// A table whose rows can be chosen by mouse and keyboard, and whose columns can sort.

import type { KeyboardEvent, ReactNode } from "react";

export interface Column<Row> {
  key: string;
  title: string;
  render: (row: Row) => ReactNode;
  /** What the API sorts by, if it can. */
  sort?: string;
  align?: "end";
  /** "fit" takes only what it needs, "wide" the rest and cuts its text. */
  width?: "fit" | "wide";
  /** Left out on narrow screens. */
  isSecondary?: boolean;
}

export interface TableProps<Row> {
  label: string;
  columns: Column<Row>[];
  rows: Row[];
  rowKey: (row: Row) => string;
  selected?: string | null;
  onSelect?: (row: Row) => void;
  /** Such as `-start`: descending by start. */
  sort?: string;
  onSort?: (sort: string) => void;
}

export function Table<Row>({ label, columns, rows, rowKey, selected, onSelect, sort, onSort }: TableProps<Row>) {
  return (
    <div className="table-scroll">
      <table className="table" aria-label={label}>
        <thead>
          <tr>
            {columns.map((column) => (
              <th key={column.key} scope="col" className={classes(column)} aria-sort={direction(column, sort)}>
                {column.sort && onSort ? <SortButton column={column} sort={sort} onSort={onSort} /> : column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <TableRow key={rowKey(row)} row={row} columns={columns} isSelected={rowKey(row) === selected} {...(onSelect && { onSelect })} />
          ))}
        </tbody>
      </table>
    </div>
  );
}

function TableRow<Row>({ row, columns, isSelected, onSelect }: { row: Row; columns: Column<Row>[]; isSelected: boolean; onSelect?: (row: Row) => void }) {
  const cells = columns.map((column) => (
    <td key={column.key} className={`${classes(column)}${column.width === "wide" ? " ellipsis" : ""}`}>
      {column.render(row)}
    </td>
  ));
  if (!onSelect) return <tr>{cells}</tr>;
  const onKeyDown = (event: KeyboardEvent<HTMLTableRowElement>) => {
    if (event.target !== event.currentTarget) return;
    if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      onSelect(row);
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      const next = event.key === "ArrowDown" ? event.currentTarget.nextElementSibling : event.currentTarget.previousElementSibling;
      if (next instanceof HTMLElement) {
        event.preventDefault();
        next.focus();
      }
    }
  };
  const onClick = (event: { target: EventTarget }) => {
    const target = event.target instanceof Element ? event.target : null;
    if (!target?.closest("a, button, input") && !getSelection()?.toString()) onSelect(row);
  };
  return (
    <tr className="selectable" tabIndex={0} aria-selected={isSelected} onClick={onClick} onKeyDown={onKeyDown}>
      {cells}
    </tr>
  );
}

function SortButton<Row>({ column, sort, onSort }: { column: Column<Row>; sort: string | undefined; onSort: (sort: string) => void }) {
  const current = direction(column, sort);
  return (
    <button type="button" onClick={() => onSort(current === "descending" ? (column.sort as string) : `-${column.sort}`)}>
      {column.title}
      <span aria-hidden="true">{current === "descending" ? " ↓" : current === "ascending" ? " ↑" : " ↕"}</span>
    </button>
  );
}

function direction<Row>(column: Column<Row>, sort: string | undefined): "ascending" | "descending" | undefined {
  if (!column.sort || !sort) return undefined;
  if (sort === column.sort) return "ascending";
  return sort === `-${column.sort}` ? "descending" : undefined;
}

function classes<Row>(column: Column<Row>): string {
  return [column.align === "end" && "align-end", column.width, column.isSecondary && "secondary"].filter(Boolean).join(" ");
}
