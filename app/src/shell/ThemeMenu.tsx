import { Button } from '../ui/Button';
import { Menu, MenuChoice } from '../ui/Menu';
import { chooseTheme, useChosenTheme, type Theme } from '../ui/theme';

const THEMES: [Theme, string][] = [
  ['system', 'Same as the system'],
  ['light', 'Light'],
  ['dark', 'Dark'],
];

export function ThemeMenu() {
  const chosen = useChosenTheme();
  return (
    <Menu
      label="Theme"
      trigger={
        <Button look="plain" small>
          <svg width="18" height="18" viewBox="0 0 18 18" aria-hidden="true">
            <circle cx="9" cy="9" r="7" fill="none" stroke="currentcolor" strokeWidth="1.6" />
            <path d="M9 2a7 7 0 0 1 0 14z" fill="currentcolor" />
          </svg>
        </Button>
      }
    >
      {THEMES.map(([theme, name]) => (
        <MenuChoice key={theme} checked={theme === chosen} onSelect={() => chooseTheme(theme)}>
          {name}
        </MenuChoice>
      ))}
    </Menu>
  );
}
