// Before anything is painted: the theme that the reader chose, as src/ui/theme.ts keeps it.
try {
  const theme = localStorage.getItem('gpu-lease:theme');
  if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
} catch {
  // Without storage the theme is the system's.
}
