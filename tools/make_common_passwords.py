"""Writes src/domain/auth/common_passwords.bin from a list of passwords, the most common one first, one a line.

    make_common_passwords.py LIST > src/domain/auth/common_passwords.bin

Of those that are long enough to be chosen, the first few thousand: 8 bytes of the SHA-256 of each in lower case,
sorted. As hashes, because the words themselves are not for a source tree. The list in use is the one of the Python
package zxcvbn 4.5.0 (MIT)."""

import hashlib
import sys

SHORTEST, MOST = 8, 6000


def main():
    words = [line.rstrip("\n").lower() for line in open(sys.argv[1], encoding="utf-8")]
    chosen = [word for word in dict.fromkeys(words) if len(word) >= SHORTEST][:MOST]
    sys.stdout.buffer.write(b"".join(sorted(hashlib.sha256(word.encode()).digest()[:8] for word in chosen)))


if __name__ == "__main__":
    main()
