// Text that others wrote: providers on chain, nodes, wallets. Shown as it is, a few characters of it could turn around,
// hide or forge what is next to it.

/** Controls and breaks of lines, marks that turn the direction, what is invisible or takes no width, and halves of characters. */
const HARMFUL = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]/gu;

/** Marks upon one character beyond those that any writing needs: a pile of them covers the lines above and below. */
const PILED = /(?<=\p{M}{4})\p{M}/gu;

const escaped = (character: string) => `\\u{${character.codePointAt(0)!.toString(16)}}`;

/** The text on one line, with every character that could mislead written as its number. */
export const harmless = (text: string): string => text.replace(HARMFUL, escaped).replace(PILED, escaped);

/** The same for a text of several lines. */
export const harmlessLines = (text: string): string =>
  text
    .split(/\r?\n/)
    .map((line) => harmless(line))
    .join('\n');
