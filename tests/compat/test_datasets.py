"""datasets: reading files of a repository, and pushing."""

from support.hub_client import Repo, unique


def test_load_files_of_a_repository(client, alice):
    repo = alice.create_repo(kind="dataset")
    alice.commit_files(repo, {"train.csv": "text,label\nhello,0\nworld,1\n", "test.jsonl": '{"text":"x","label":1}\n'})
    alice.commit_files(repo, {"README.md": "---\nconfigs:\n- config_name: default\n  data_files:\n"
                              "  - split: train\n    path: train.csv\n---\n"})
    assert client.python("""
from datasets import load_dataset
answer = load_dataset(repo, split="train").to_list()
""", repo=repo.id) == [{"text": "hello", "label": 0}, {"text": "world", "label": 1}]


def test_push_and_load_again(either_client, alice):
    repo = Repo(f"alice/{unique('pushed')}", "dataset")
    assert either_client.python("""
from datasets import Dataset, load_dataset
Dataset.from_dict({"n": list(range(5000)), "s": [str(i) * 20 for i in range(5000)]}).push_to_hub(repo, private=True)
Dataset.from_dict({"n": [1]}).push_to_hub(repo, "second", split="test")
first, second = load_dataset(repo, split="train"), load_dataset(repo, "second", split="test")
answer = [len(first), first[4999]["s"][:8], second.to_list(), [r["n"] for r in load_dataset(repo, split="train", streaming=True).take(3)]]
""", repo=repo.id) == [5000, "49994999", [{"n": 1}], [0, 1, 2]]
    assert alice.info(repo)["private"] is True
    assert any(path.endswith(".parquet") for path in alice.paths(repo))
