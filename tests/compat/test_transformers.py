"""transformers: a small model made here, pushed as files, loaded by its id."""

import json

import pytest


@pytest.fixture
def model_folder(tmp_path):
    import numpy
    from safetensors.numpy import save_file
    from tokenizers import Tokenizer, models, pre_tokenizers

    folder = tmp_path / "model"
    folder.mkdir()
    words = {word: index for index, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "hello", "world"])}
    tokenizer = Tokenizer(models.WordLevel(words, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({
        "tokenizer_class": "PreTrainedTokenizerFast", "unk_token": "[UNK]", "pad_token": "[PAD]", "model_max_length": 16}))
    (folder / "config.json").write_text(json.dumps({
        "model_type": "bert", "architectures": ["BertModel"], "hidden_size": 8, "num_hidden_layers": 1,
        "num_attention_heads": 2, "intermediate_size": 16, "vocab_size": 7, "max_position_embeddings": 16}))
    save_file({"embeddings.word_embeddings.weight": numpy.arange(56, dtype="float32").reshape(7, 8)},
              str(folder / "model.safetensors"), metadata={"format": "pt"})
    return folder


def test_config_tokenizer_and_weights_by_id(either_client, alice, nobody, repo, model_folder):
    either_client.hf("upload", repo.id, model_folder, ".")
    assert either_client.python("""
from transformers import AutoConfig, AutoTokenizer
from huggingface_hub import hf_hub_download
from safetensors.numpy import load_file
weights = load_file(hf_hub_download(repo, "model.safetensors"))
answer = dict(hidden=AutoConfig.from_pretrained(repo).hidden_size, ids=AutoTokenizer.from_pretrained(repo)("hello world")["input_ids"],
              last=float(weights["embeddings.word_embeddings.weight"][6, 7]))
""", repo=repo.id) == {"hidden": 8, "ids": [5, 6], "last": 55.0}
    info = nobody.info(repo)
    assert info["safetensors"] == {"parameters": {"F32": 56}, "total": 56}
    assert info["config"]["architectures"] == ["BertModel"]


def test_push_to_hub(client, repo, model_folder):
    assert client.python("""
from transformers import AutoConfig, AutoTokenizer
AutoConfig.from_pretrained(folder).push_to_hub(repo)
AutoTokenizer.from_pretrained(folder).push_to_hub(repo)
answer = AutoConfig.from_pretrained(repo).vocab_size
""", repo=repo.id, folder=str(model_folder)) == 7


def test_metadata_of_safetensors(client, repo, model_folder):
    client.hf("upload", repo.id, model_folder, ".")
    assert client.python("""
from huggingface_hub import get_safetensors_metadata
answer = get_safetensors_metadata(repo).parameter_count
""", repo=repo.id) == {"F32": 56}
