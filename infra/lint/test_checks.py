"""Tests of circles.py and words.py on small trees of their own."""

import re
import tempfile
import unittest
from pathlib import Path

import circles
import words


class Circles(unittest.TestCase):
    def found(self, **files):
        with tempfile.TemporaryDirectory() as root:
            source = Path(root) / "src"
            for name, text in files.items():
                file = source / (name.replace("__", "/") + ".rs")
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_text(text)
            return [[(a, b) for a, b, _ in circle] for circle in circles.circles(circles.imports(source))]

    def test_two_files_that_import_each_other_are_found(self):
        found = self.found(lib="mod a; mod b;", a="use crate::b::B;", b="fn f() -> crate::a::A { todo!() }")
        self.assertEqual(found, [[("a.rs", "b.rs"), ("b.rs", "a.rs")]])

    def test_a_circle_through_a_third_file_and_through_a_re_export_is_found(self):
        found = self.found(
            lib="pub mod n; mod c;", n__mod="mod a; mod b;\npub use a::{A, X as Y};", n__a="use super::b::B;",
            n__b="use crate::c::C;", c="use crate::n::A;",
        )
        self.assertEqual([len(circle) for circle in found], [3])

    def test_a_child_may_import_from_its_parent_and_a_test_from_anything(self):
        test = "\n#[cfg(test)]\nmod tests { use crate::b::B; fn f() { if true { } } }"
        self.assertEqual(self.found(lib="mod a; mod b;\nuse a::A;", a="use super::C;" + test, b="use crate::a::A;"), [])

    def test_what_stands_in_a_comment_is_no_import(self):
        self.assertEqual(self.found(lib="mod a; mod b;", a="// crate::b::B", b="use crate::a::A;"), [])

    def test_a_use_tree_is_read_whole(self):
        self.assertEqual(circles.leaves("a::{b, c::{d, self}, e as f}"), ["a::b", "a::c::d", "a::c", "a::e"])


class Words(unittest.TestCase):
    TABLE = [(re.compile(r"\bold\b"), "new")]

    def problems(self, name, text, exceptions=()):
        return list(words.problems(name, text, self.TABLE, [re.compile(one) for one in exceptions]))

    def test_an_old_word_is_named_with_its_line_and_the_word_to_use(self):
        self.assertEqual(self.problems("a.rs", "fine\nan old one"), ["a.rs:2: 'old', say: new"])

    def test_an_exception_takes_out_what_it_matches_and_nothing_more(self):
        self.assertEqual(self.problems("a.rs", 'rename = "old"', ['"old"']), [])
        self.assertEqual(len(self.problems("a.rs", 'rename = "old", old', ['"old"'])), 1)

    def test_a_long_line_counts_in_prose_only(self):
        long = "x " * 80
        self.assertEqual(len(self.problems("a.md", long)), 1)
        for text in ["| " + long, long + "https://example.org", "```\n" + long + "\n```"]:
            self.assertEqual(self.problems("a.md", text), [])
        self.assertEqual(self.problems("a.rs", long), [])
        self.assertEqual(list(words.problems("a.md", long, self.TABLE, [], is_generated=True)), [])


if __name__ == "__main__":
    unittest.main()
