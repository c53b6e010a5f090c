import { useEffect, useState } from 'react';
import { useNavigationType, useSearchParams } from 'react-router';
import { isMarket, readSearch, writeSearch, type Search } from './search';

/** How long the link waits for the next key, milliseconds: browsers refuse pages that change their address at every one. */
const PAUSE = 250;

/** What the reader looks for, and how it is changed. The link follows what is typed, never the other way round: else keys get lost. */
export function useSearch(): [Search, (changes: Partial<Search>) => void] {
  const [params, setParams] = useSearchParams();
  const [search, setSearch] = useState(() => readSearch(params));
  const link = writeSearch(search).toString();

  // Only this replaces an address. Whatever else changes it, a link or the browser's arrows, says what is looked for.
  const isOwn = useNavigationType() === 'REPLACE';
  useEffect(() => {
    if (!isOwn) setSearch(readSearch(params));
  }, [params, isOwn]);

  useEffect(() => {
    if (link === params.toString()) return;
    // After a link is followed the address changes before the view does; the reader is not brought back.
    const typed = setTimeout(() => isMarket(location.hash) && setParams(link, { replace: true }), PAUSE);
    return () => clearTimeout(typed);
  }, [link, params, setParams]);

  return [search, (changes) => setSearch((before) => ({ ...before, ...changes }))];
}
