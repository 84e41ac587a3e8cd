/** The space bar plays and pauses wherever it has no work of its own. */

/** Elements that the space bar presses, opens, ticks or writes into. */
const OWN_SPACE =
  "button, a[href], select, textarea, summary, input:not([type=range]), [role=button], [role=tab], [role=radio], [role=checkbox], [contenteditable]";
/** Sliders take arrow keys only; those of the player belong to it, others are being set. */
const OTHER_SLIDER = "input[type=range]:not(#scrub)";

export function togglesOnSpace(event: KeyboardEvent): boolean {
  if (event.key !== " " || event.defaultPrevented || event.ctrlKey || event.altKey || event.metaKey || event.shiftKey) return false;
  const target = event.target;
  if (!(target instanceof Element)) return true;
  return !target.closest(`${OWN_SPACE}, ${OTHER_SLIDER}, [role=region][tabindex]`);
}
