// Whether somebody reads a list just now, so that its rows had better stay where they are.

import { useEffect, useRef, useState } from "react";

/** A pointer or a key in the list counts as reading for this long. */
const ATTENTION = 8_000;
const SCROLLED = 40;

export function useReading(): { isReading: boolean; handlers: { onPointerMove: () => void; onPointerLeave: () => void; onKeyDown: () => void } } {
  const [isAttentive, setAttentive] = useState(false);
  const [isScrolled, setScrolled] = useState(false);
  const timer = useRef<number | undefined>();
  useEffect(() => {
    const look = () => setScrolled(window.scrollY > SCROLLED);
    look();
    window.addEventListener("scroll", look, { passive: true });
    return () => {
      window.removeEventListener("scroll", look);
      window.clearTimeout(timer.current);
    };
  }, []);
  const leave = () => {
    window.clearTimeout(timer.current);
    setAttentive(false);
  };
  const attend = () => {
    window.clearTimeout(timer.current);
    timer.current = window.setTimeout(leave, ATTENTION);
    setAttentive(true);
  };
  return { isReading: isAttentive || isScrolled, handlers: { onPointerMove: attend, onPointerLeave: leave, onKeyDown: attend } };
}
