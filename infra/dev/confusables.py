"""Makes the table of src/confusables.ts from the confusables of Unicode that ICU 72 has (libicui18n.so.72, in Debian 12).

Without an argument it prints the table; with --write it puts it into the file.
"""
import ctypes
import pathlib
import sys
import unicodedata

ICU = 72
FILE = pathlib.Path(__file__).parents[2] / 'src/confusables.ts'
WIDTH = 130
# What a template literal of JavaScript gives another meaning.
MEANT = set('$`\\')
# In ICU's skeletons `rn` is `m`: with it, "Modern" would be "Modem".
RN = 'rn'

icu = ctypes.CDLL(f'libicui18n.so.{ICU}')
uc = ctypes.CDLL(f'libicuuc.so.{ICU}')
error = ctypes.c_int(0)
icu_open = icu[f'uspoof_open_{ICU}']
icu_open.restype = ctypes.c_void_p
checker = ctypes.c_void_p(icu_open(ctypes.byref(error)))
skeleton_of = icu[f'uspoof_getSkeletonUTF8_{ICU}']
has_property = uc[f'u_hasBinaryProperty_{ICU}']
DEFAULT_IGNORABLE = 5


def skeleton(character):
    given = character.encode()
    answer = ctypes.create_string_buffer(256)
    error.value = 0
    length = skeleton_of(checker, 0, given, len(given), answer, len(answer), ctypes.byref(error))
    if error.value > 0:
        raise OSError(f'ICU: error {error.value}')
    return answer.raw[:length].decode()


def is_compared(code):
    """Whether it reaches the table: names.ts applies NFKC and NFD before, and removes what is not seen."""
    character = chr(code)
    if unicodedata.category(character) in ('Cn', 'Cs', 'Co', 'Cc') or has_property(code, DEFAULT_IGNORABLE):
        return False
    return all(unicodedata.normalize(form, character) == character for form in ('NFKC', 'NFD'))


def written(text):
    """With an escape for what is not seen by itself, changes the direction of the line, or means something else here."""
    return ''.join(f'\\u{{{ord(one):x}}}' if is_escaped(one) else one for one in text)


def is_escaped(one):
    turns = unicodedata.bidirectional(one) in ('R', 'AL', 'AN') or '\u0590' <= one <= '\u08ff'
    return one in MEANT or turns or unicodedata.category(one) in ('Mn', 'Mc', 'Me', 'Zs', 'Zl', 'Zp', 'Cf')


def table():
    groups = {}
    for code in range(0x80, 0x110000):
        if is_compared(code):
            character = chr(code)
            meant = skeleton(character).replace(RN, 'm')
            if meant != character and not any(one.isspace() for one in meant):
                groups.setdefault(meant, []).append(character)
    parts = [f'{written(meant)} {written("".join(groups[meant]))}' for meant in sorted(groups)]
    lines = ['']
    for part in ' '.join(parts).split(' '):
        if len(lines[-1]) + len(part) >= WIDTH:
            lines.append('')
        lines[-1] += f' {part}' if lines[-1] else part
    return '\n'.join(lines)


if __name__ == '__main__':
    made = table()
    if sys.argv[1:] == ['--write']:
        before, rest = FILE.read_text().split('GROUPS = `\n', 1)
        after = rest.split('\n`\n', 1)[1]
        FILE.write_text(f'{before}GROUPS = `\n{made}\n`\n{after}')
    else:
        print(made)
