// What menus are made of: loaded once the first view is there, see `Menu.tsx`.

import { DropdownMenu } from 'radix-ui';
import type { ReactElement, ReactNode } from 'react';
import styles from './Menu.module.css';

export type MenuProps = {
  trigger: ReactElement;
  label: string;
  align?: 'start' | 'end';
  children: ReactNode;
};

/**
 * A button that opens a menu. Not modal: nothing is injected into the page, which its security policy forbids.
 * It stays where the button is in the document, so that it belongs to the same landmark.
 */
export function Menu({ trigger, label, align = 'end', isOpen, children }: MenuProps & { isOpen: boolean }) {
  return (
    <DropdownMenu.Root modal={false} defaultOpen={isOpen}>
      <DropdownMenu.Trigger asChild aria-label={label}>
        {trigger}
      </DropdownMenu.Trigger>
      <DropdownMenu.Content className={styles.menu} align={align} sideOffset={6} collisionPadding={8}>
        {children}
      </DropdownMenu.Content>
    </DropdownMenu.Root>
  );
}

export function MenuItem({ onSelect, children }: { onSelect: () => void; children: ReactNode }) {
  return (
    <DropdownMenu.Item className={styles.item} onSelect={onSelect}>
      {children}
    </DropdownMenu.Item>
  );
}

/** One of several, the chosen one being marked. */
export function MenuChoice({
  checked,
  onSelect,
  children,
}: {
  checked: boolean;
  onSelect: () => void;
  children: ReactNode;
}) {
  return (
    <DropdownMenu.CheckboxItem className={styles.item} checked={checked} onSelect={onSelect}>
      <span className={styles.mark}>
        <DropdownMenu.ItemIndicator>✓</DropdownMenu.ItemIndicator>
      </span>
      {children}
    </DropdownMenu.CheckboxItem>
  );
}

export const MenuHeading = ({ children }: { children: ReactNode }) => (
  <DropdownMenu.Label className={styles.heading}>{children}</DropdownMenu.Label>
);

export const MenuLine = () => <DropdownMenu.Separator className={styles.line} />;
