"""The published vectors, so that the tests' own Xet code is known to be right."""

from support import xet_wire


def test_chunk_and_file_hash_of_hello_world():
    digest = xet_wire.chunk_hash(b"Hello World!")
    assert xet_wire.text(digest) == "d8d408e608fb9ca213b9909a65d86d725f2de4d8d540324be8a363e7a6e228cb"
    assert xet_wire.text(xet_wire.file_hash([(digest, 12)])) == (
        "a9dae0ad88b060bdd7e7c87abdcf95b132c95a0414b06d4f6beb68d287b87165")


def test_tree_of_six_chunks():
    a, b, c, d = (xet_wire.from_text(words) for words in (
        "cfc5d07f6f03c29bbf424132963fe08d19a37d5757aaf520bf08119f05cd56d6",
        "c3e67584b5c4fc2a89837ec39e40f2c8a6bb0b2987ac94cd4b31e5fbdd210a72",
        "0d2beb91b9196929a5ddec9f6e306924ddf4a24268e3e59fd8464738d525af37",
        "adf8773496a9b7319b2e50dc98093f344053b17d8ad37100b9c07d9805988784"))
    nodes = [(a, 100), (b, 200), (a, 100), (b, 200), (c, 300), (d, 400)]
    assert xet_wire.text(xet_wire.tree_root(nodes)) == (
        "52c826f99507aa05d0b45e9837fa1709e0485425cfbcb1e80db3905cf98b3ee9")
    assert xet_wire.text(xet_wire.file_hash(nodes)) == (
        "91d21684db364c8883ab8209fa5eb2e781cf07f37e1fa43e731c30839afe422f")


def test_range_hash_is_keyed_over_the_chunk_hashes():
    content = bytes(range(256)) * 1024
    xorb = xet_wire.Xorb(xet_wire.cut(content))
    entry = xet_wire.whole(xorb, content)
    assert len(xorb.chunks) == 4
    assert entry.terms[0].unpacked == len(content)
    assert len(xet_wire.shard([entry], [xorb])) == 48 * (1 + 1 + 1 + 1 + 1 + 1 + 1 + 4 + 1)
