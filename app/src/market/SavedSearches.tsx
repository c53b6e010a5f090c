import { Link } from 'react-router';
import { Button } from '../ui/Button';
import { keep, keptList, useKept } from '../ui/kept';
import { readSearch, searchInWords, writeSearch, type Search } from './search';
import styles from './SavedSearches.module.css';

const KEY = 'searches';

/** Searches that are kept; the oldest goes. */
const MOST = 12;

/** Searches that the reader saved in this browser, as links, and the present one to be saved. */
export function SavedSearches({ search }: { search: Search }) {
  useKept(KEY);
  const saved = keptList(KEY);
  const present = writeSearch(search).toString();
  const put = (searches: string[]) =>
    keep(KEY, searches.length > 0 ? JSON.stringify(searches.slice(-MOST)) : null);
  const canSave = present !== '' && !saved.includes(present);
  if (saved.length === 0 && !canSave) return null;
  return (
    <div className={styles.saved} role="group" aria-label="Saved searches">
      {saved.map((link) => (
        <span key={link} className={styles.one}>
          <Link to={`/?${link}`} aria-current={link === present ? 'true' : undefined}>
            {searchInWords(readSearch(new URLSearchParams(link)))}
          </Link>
          <Button
            look="plain"
            small
            aria-label={`Forget the search ${searchInWords(readSearch(new URLSearchParams(link)))}`}
            onClick={() => put(saved.filter((other) => other !== link))}
          >
            ✕
          </Button>
        </span>
      ))}
      {canSave && (
        <Button small onClick={() => put([...saved, present])}>
          Save this search
        </Button>
      )}
    </div>
  );
}
