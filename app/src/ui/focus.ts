// Where the keyboard is: nobody has to start from the top of the page because what had the focus is gone.

/** What can take the focus in the place of something inside it. */
const PLACES = 'dialog, section, main';

/** An element and what is around it, from the inside out. An entry of a menu counts as the menu's button, which stays when it closes. */
export function trailOf(element: Element | null): HTMLElement[] {
  const button = element?.closest('[role="menu"]')?.getAttribute('aria-labelledby');
  const trail: HTMLElement[] = [];
  for (
    let at = (button && document.getElementById(button)) || element;
    at instanceof HTMLElement;
    at = at.parentElement
  )
    trail.push(at);
  return trail;
}

/** Moves the focus to an element that takes none by itself. */
export function focusOn(element: HTMLElement) {
  if (element.tabIndex < 0 && !element.hasAttribute('tabindex')) element.tabIndex = -1;
  element.focus({ preventScroll: true });
}

/** Moves the focus to where a trail begins, or to the nearest place around it that is still there. */
export function focusAlong([first, ...around]: HTMLElement[]) {
  if (first?.isConnected && first !== document.body) first.focus();
  if (document.activeElement !== document.body) return;
  const near =
    around.find((element) => element.isConnected && element.matches(PLACES)) ??
    document.querySelector('main');
  if (near) focusOn(near);
}

/** Brings the focus to what is near whenever the element that has it is taken out of the page; returns how to stop. */
export function keepFocus(): () => void {
  let trail: HTMLElement[] = [];
  const note = ({ target }: FocusEvent) => (trail = trailOf(target as Element));
  const observer = new MutationObserver(() => {
    if (document.activeElement === document.body && trail[0] && !trail[0].isConnected) focusAlong(trail);
  });
  document.addEventListener('focusin', note);
  observer.observe(document.body, { childList: true, subtree: true });
  return () => {
    document.removeEventListener('focusin', note);
    observer.disconnect();
  };
}
