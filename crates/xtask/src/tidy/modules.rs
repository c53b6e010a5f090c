//! Reads from the tokens of a crate which of its files uses which. What does not count:
//!
//! - code for tests;
//! - `pub use`, which gives what is elsewhere another name: whoever uses that name uses the place it comes from;
//! - that a file uses the one it is a part of, as `lease/open.rs` uses `lease.rs`.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// The modules of a crate; the first is its root.
pub struct Modules {
    files: Vec<PathBuf>,
    modules: Vec<Module>,
}

#[derive(Default)]
struct Module {
    /// The file that it is in, by its place in the list.
    file: usize,
    parent: usize,
    children: BTreeMap<String, usize>,
    /// What is defined here.
    items: BTreeSet<String>,
    /// Names of things from elsewhere, each with its path from here.
    names: BTreeMap<String, Vec<String>>,
    /// Paths of which everything has a name here.
    globs: Vec<Vec<String>>,
    /// Paths in the code.
    paths: Vec<Vec<String>>,
}

impl Modules {
    /// Reads the crate whose first file this is.
    pub fn read(root: &Path) -> Result<Self> {
        let mut modules = Self { files: vec![root.to_owned()], modules: vec![Module::default()] };
        let folder = root.parent().context("a file in no folder")?.to_owned();
        modules.read_file(0, &folder)?;
        Ok(modules)
    }

    /// A file of the crate.
    pub fn file(&self, file: usize) -> &Path {
        &self.files[file]
    }

    /// Which files each of its files uses.
    pub fn uses(&self) -> Vec<BTreeSet<usize>> {
        let mut uses = vec![BTreeSet::new(); self.files.len()];
        for (index, module) in self.modules.iter().enumerate() {
            let used = module.paths.iter().filter_map(|path| self.resolve(index, path, 0));
            let used = used.filter(|at| !self.is_part(index, *at)).map(|at| self.modules[at].file);
            uses[module.file].extend(used);
        }
        uses
    }

    /// Whether a module is another, or a part of it, however deep.
    fn is_part(&self, module: usize, of: usize) -> bool {
        let parents = std::iter::successors(Some(module), |at| (*at > 0).then(|| self.modules[*at].parent));
        parents.into_iter().any(|at| self.modules[at].file == self.modules[of].file)
    }

    /// The paths in the code, each with the file that it is in.
    pub fn paths(&self) -> impl Iterator<Item = (&Path, &[String])> {
        let modules = self.modules.iter();
        modules.flat_map(|module| module.paths.iter().map(|path| (self.file(module.file), path.as_slice())))
    }

    /// Reads the file of a module, whose modules have theirs in `folder`.
    fn read_file(&mut self, module: usize, folder: &Path) -> Result<()> {
        let file = self.file(self.modules[module].file);
        let text = fs::read_to_string(file).with_context(|| file.display().to_string())?;
        let tokens: TokenStream =
            text.parse().map_err(|error| anyhow::anyhow!("{}: {error}", file.display()))?;
        self.read_items(module, folder, tokens)
    }

    fn read_items(&mut self, module: usize, folder: &Path, tokens: TokenStream) -> Result<()> {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let mut at = 0;
        let mut is_public = false;
        let mut elsewhere = None;
        while let Some(token) = tokens.get(at) {
            let next = tokens.get(at + 1);
            match token {
                TokenTree::Punct(mark) if mark.as_char() == '#' && next.is_some_and(is_for_tests) => {
                    at = end_of_item(&tokens, at + 2);
                    continue;
                }
                TokenTree::Punct(mark) if mark.as_char() == '#' => {
                    elsewhere = next.and_then(named_path).map(|path| folder.join(path)).or(elsewhere);
                }
                TokenTree::Group(group) => self.read_items(module, folder, group.stream())?,
                TokenTree::Ident(word) if word == "pub" => {
                    is_public = true;
                    at += 1;
                    continue;
                }
                TokenTree::Ident(word) if word == "mod" => {
                    if let (Some(TokenTree::Ident(name)), Some(rest)) = (next, tokens.get(at + 2)) {
                        self.read_module(module, folder, &name.to_string(), elsewhere.take(), rest)?;
                        at += 3;
                        continue;
                    }
                }
                TokenTree::Ident(word) if word == "use" => {
                    let end =
                        at + 1 + tokens[at + 1..].iter().take_while(|token| !is_mark(token, ';')).count();
                    self.read_use(module, &[], &tokens[at + 1..end], is_public);
                    at = end;
                }
                TokenTree::Ident(word) => {
                    let kinds =
                        ["struct", "enum", "union", "trait", "type", "fn", "const", "static", "macro_rules"];
                    if kinds.iter().any(|kind| word == kind) {
                        let name = tokens[at + 1..].iter().take(3).find_map(|token| match token {
                            TokenTree::Ident(name) if name != "fn" && name != "mut" => Some(name.to_string()),
                            _ => None,
                        });
                        self.modules[module].items.extend(name);
                    }
                    let (path, length) = path_at(&tokens[at..]);
                    let is_first =
                        at == 0 || !is_mark(&tokens[at - 1], ':') && !is_mark(&tokens[at - 1], '.');
                    if path.len() > 1 && is_first {
                        self.modules[module].paths.push(path);
                        at += length;
                        continue;
                    }
                }
                _ => {}
            }
            // `pub(crate)` is two tokens.
            is_public &= matches!(token, TokenTree::Group(_));
            at += 1;
        }
        Ok(())
    }

    fn read_module(
        &mut self,
        parent: usize,
        folder: &Path,
        name: &str,
        elsewhere: Option<PathBuf>,
        rest: &TokenTree,
    ) -> Result<()> {
        let below = folder.join(name);
        let module = self.modules.len();
        self.modules.push(Module { file: self.modules[parent].file, parent, ..Module::default() });
        let is_first = self.modules[parent].children.insert(name.to_owned(), module).is_none();
        ensure!(is_first, "a module is twice: {}", below.display());
        if let TokenTree::Group(group) = rest {
            return self.read_items(module, &below, group.stream());
        }
        let candidates = elsewhere.into_iter().chain([below.with_extension("rs"), below.join("mod.rs")]);
        let file = candidates.into_iter().find(|file| file.exists());
        self.modules[module].file = self.files.len();
        self.files.push(file.with_context(|| format!("no file of the module {}", below.display()))?);
        self.read_file(module, &below)
    }

    /// Reads what follows `use`, or a part of it below `prefix`.
    fn read_use(&mut self, module: usize, prefix: &[String], tokens: &[TokenTree], is_public: bool) {
        let mut path = prefix.to_vec();
        let mut name = None;
        let mut tokens = tokens.iter();
        while let Some(token) = tokens.next() {
            match token {
                TokenTree::Ident(word) if word == "as" => {
                    name = tokens.next().map(ToString::to_string);
                }
                TokenTree::Ident(word) => path.push(word.to_string()),
                TokenTree::Punct(mark) if mark.as_char() == '*' => {
                    let module = &mut self.modules[module];
                    module.globs.push(path.clone());
                    module.paths.extend((!is_public).then_some(path));
                    return;
                }
                TokenTree::Group(group) => {
                    let parts: Vec<TokenTree> = group.stream().into_iter().collect();
                    for part in parts.split(|token| is_mark(token, ',')).filter(|part| !part.is_empty()) {
                        self.read_use(module, &path, part, is_public);
                    }
                    return;
                }
                _ => {}
            }
        }
        if path.last().is_some_and(|last| last == "self") {
            path.pop();
        }
        let module = &mut self.modules[module];
        if let Some(name) = name.or_else(|| path.last().cloned()) {
            module.names.insert(name, path.clone());
        }
        module.paths.extend((!is_public).then_some(path));
    }

    /// The module that defines what a path means in `module`; none if it is of another crate.
    fn resolve(&self, module: usize, path: &[String], depth: usize) -> Option<usize> {
        // A name that is explained by itself.
        if depth > 4 {
            return None;
        }
        let mut at = module;
        for (index, segment) in path.iter().enumerate() {
            match segment.as_str() {
                "crate" => at = 0,
                "self" => {}
                "super" => at = self.modules[at].parent,
                name => {
                    let here = &self.modules[at];
                    if let Some(child) = here.children.get(name) {
                        at = *child;
                    } else if here.items.contains(name) {
                        return Some(at);
                    } else if let Some(elsewhere) =
                        here.names.get(name).filter(|other| other.as_slice() != path)
                    {
                        let whole = [elsewhere, &path[index + 1..]].concat();
                        return self.resolve(at, &whole, depth + 1);
                    } else if index == 0 {
                        // Of another crate, or of a glob, which counts where it is written.
                        return None;
                    } else {
                        let found = here.globs.iter().find_map(|glob| {
                            let whole = [glob, &path[index..]].concat();
                            let at = self.resolve(at, &whole, depth + 1)?;
                            self.modules[at].items.contains(path.last()?).then_some(at)
                        });
                        return found.or(Some(at));
                    }
                }
            }
        }
        Some(at)
    }
}

/// The path that begins here, and how many tokens it takes.
fn path_at(tokens: &[TokenTree]) -> (Vec<String>, usize) {
    let mut path = Vec::new();
    let mut at = 0;
    while let Some(TokenTree::Ident(word)) = tokens.get(at) {
        path.push(word.to_string());
        at += 1;
        let is_separated =
            tokens.get(at..at + 2).is_some_and(|marks| marks.iter().all(|mark| is_mark(mark, ':')));
        if !is_separated {
            break;
        }
        at += 2;
    }
    (path, at)
}

fn is_mark(token: &TokenTree, mark: char) -> bool {
    matches!(token, TokenTree::Punct(punct) if punct.as_char() == mark)
}

/// Whether this is the `[cfg(test)]` or the `[test]` of an attribute.
fn is_for_tests(attribute: &TokenTree) -> bool {
    let text = attribute.to_string().replace(' ', "");
    text.starts_with("[cfg(test") || text.starts_with("[cfg(all(test") || text == "[test]"
}

/// The file that the `[path = "…"]` of an attribute names.
fn named_path(attribute: &TokenTree) -> Option<String> {
    let text = attribute.to_string();
    let path = text.strip_prefix('[')?.trim_start().strip_prefix("path")?.trim_start().strip_prefix('=')?;
    Some(path.trim_matches([' ', ']', '"']).to_owned())
}

/// Where what follows the item that begins at `at` begins.
fn end_of_item(tokens: &[TokenTree], at: usize) -> usize {
    let is_body = |token: &TokenTree| {
        is_mark(token, ';') || matches!(token, TokenTree::Group(group) if is_braced(group))
    };
    let length = tokens[at..].iter().position(is_body).map_or(tokens.len() - at, |end| end + 1);
    at + length
}

fn is_braced(group: &Group) -> bool {
    group.delimiter() == Delimiter::Brace
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which file uses which, where a crate has these files.
    fn uses(files: &[(&str, &str)]) -> Vec<String> {
        let folder = std::env::temp_dir().join(format!("gpu-lease-modules-{}", std::process::id()));
        let folder = folder.join(std::thread::current().name().unwrap().replace(':', "-"));
        for (name, content) in files {
            let path = folder.join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, content).unwrap();
        }
        let modules = Modules::read(&folder.join("lib.rs")).unwrap();
        fs::remove_dir_all(&folder).unwrap();
        let name = |file: usize| {
            modules.file(file).strip_prefix(&folder).unwrap().with_extension("").display().to_string()
        };
        let uses = modules.uses().into_iter().enumerate();
        let uses = uses.flat_map(|(from, to)| to.into_iter().map(move |to| (from, to)));
        let mut uses: Vec<_> = uses.map(|(from, to)| format!("{} → {}", name(from), name(to))).collect();
        uses.sort();
        uses
    }

    #[test]
    fn a_path_leads_to_the_file_that_defines_what_it_names() {
        let found = uses(&[
            ("lib.rs", "mod a; mod b; pub use b::Thing; fn f() { a::g() }"),
            ("a.rs", "use crate::{Thing, b::{self, deep::other}}; mod below; fn g() { below::h() }"),
            ("a/below.rs", "fn h() { super::g(); call!(crate::b::deep::other()) }"),
            ("b.rs", "pub mod deep; pub struct Thing;"),
            ("b/deep.rs", "pub fn other() {}"),
        ]);
        assert_eq!(found, ["a → a/below", "a → b", "a → b/deep", "a/below → b/deep", "lib → a"]);
    }

    #[test]
    fn fields_other_crates_text_and_tests_are_no_paths() {
        let found = uses(&[
            ("lib.rs", "mod a; mod b; pub use a::*;"),
            ("a.rs", "pub struct A { b: u8 } impl A { fn f(self) { self.b; std::b::c(); } } // crate::b::B"),
            ("b.rs", "const TEXT: &str = \"crate::a::A\"; #[cfg(test)] mod tests { use crate::a::A; }"),
        ]);
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn a_name_for_everything_leads_to_its_origin() {
        let found = uses(&[
            ("lib.rs", "mod a; mod b; mod c; pub use a::*; pub use b::*;"),
            ("a.rs", "pub struct A;"),
            ("b.rs", "pub struct B;"),
            ("c.rs", "fn f() { crate::B; }"),
        ]);
        assert_eq!(found, ["c → b"]);
    }
}
