import {
  cloneElement,
  useCallback,
  useEffect,
  useLayoutEffect,
  useRef,
  useState,
  type ComponentProps,
  type HTMLAttributes,
  type ReactElement,
} from 'react';
import { afterFirst } from './first';
import type { MenuProps } from './MenuParts';
import styles from './Menu.module.css';

type Parts = typeof import('./MenuParts');

let parts: Parts | undefined;

/** A button that opens a menu. What menus are made of is loaded once the first view is there, or when the button is pressed. */
export function Menu({ trigger, label, align, children }: MenuProps) {
  const [loaded, setLoaded] = useState(parts);
  const frame = useRef<HTMLSpanElement>(null);
  const [hadFocus, setHadFocus] = useState(false);
  const [isPressed, setPressed] = useState(false);
  const load = useCallback(async () => {
    parts ??= await import('./MenuParts');
    setHadFocus(document.activeElement?.getAttribute('aria-label') === label);
    setLoaded(parts);
  }, [label]);
  useEffect(
    () =>
      void afterFirst()
        .then(load)
        .catch(() => undefined),
    [load],
  );
  // The button is another one then; whoever was on it stays there.
  useLayoutEffect(() => {
    if (loaded && hadFocus) frame.current?.querySelector('button')?.focus();
  }, [loaded, hadFocus]);
  const press = useCallback(() => {
    setPressed(true);
    void load().catch(() => setPressed(false));
  }, [load]);
  return (
    <span ref={frame} className={styles.frame}>
      {loaded ? (
        <loaded.Menu trigger={trigger} label={label} align={align} isOpen={isPressed}>
          {children}
        </loaded.Menu>
      ) : (
        cloneElement(trigger as ReactElement<HTMLAttributes<HTMLElement>>, {
          'aria-label': label,
          'aria-haspopup': 'menu',
          'aria-expanded': false,
          onClick: press,
        })
      )}
    </span>
  );
}

// Shown in an open menu alone, for which they have been loaded.
export const MenuItem = (props: ComponentProps<Parts['MenuItem']>) => parts && <parts.MenuItem {...props} />;
export const MenuChoice = (props: ComponentProps<Parts['MenuChoice']>) =>
  parts && <parts.MenuChoice {...props} />;
export const MenuHeading = (props: ComponentProps<Parts['MenuHeading']>) =>
  parts && <parts.MenuHeading {...props} />;
export const MenuLine = () => parts && <parts.MenuLine />;
