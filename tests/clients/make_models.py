"""Makes tiny models with random weights, each as its library writes it: make_models.py FOLDER.

Run by the Python of .venv-clients. Folders: classifier, encoder, pictures, base, adapter, speaker (a GGUF).
Prints, as JSON, what two of them compute, to be compared with what they compute once downloaded.
"""

import json
import pathlib
import string
import sys

import gguf
import numpy
import torch
from diffusers import AutoencoderKL, DDIMScheduler, StableDiffusionPipeline, UNet2DConditionModel
from peft import LoraConfig, get_peft_model
from sentence_transformers import SentenceTransformer, models
from transformers import (BertConfig, BertForSequenceClassification, BertModel, BertTokenizerFast, CLIPTextConfig,
                          CLIPTextModel, CLIPTokenizer, GPT2Config, GPT2LMHeadModel, GPT2TokenizerFast)

FOLDER = pathlib.Path(sys.argv[1])
torch.manual_seed(7)


def folder(name: str, card: str) -> pathlib.Path:
    path = FOLDER / name
    path.mkdir(parents=True, exist_ok=True)
    (path / "README.md").write_text(f"---\n{card}\n---\n# {name}\n")
    return path


def byte_level(path: pathlib.Path, *special: str) -> tuple[str, str]:
    """vocab.json and merges.txt of a tokenizer that knows single letters."""
    letters = list(string.ascii_lowercase + string.punctuation + string.digits)
    words = [*special, *letters, *(letter + "</w>" for letter in letters), "Ġ"]
    (path / "vocab.json").write_text(json.dumps({word: at for at, word in enumerate(words)}))
    (path / "merges.txt").write_text("#version: 0.2\n")
    return str(path / "vocab.json"), str(path / "merges.txt")


def bert(**more) -> BertConfig:
    return BertConfig(vocab_size=60, hidden_size=32, num_hidden_layers=2, num_attention_heads=2, intermediate_size=64,
                      max_position_embeddings=64, **more)


def words() -> BertTokenizerFast:
    vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "works", "weather", "lovely", "today"]
    return BertTokenizerFast(vocab={word: at for at, word in enumerate(vocabulary)})


path = folder("classifier", "library_name: transformers\npipeline_tag: text-classification")
classifier = BertForSequenceClassification(bert(num_labels=2)).eval()
classifier.save_pretrained(path)
words().save_pretrained(path)

plain = FOLDER / "plain"
plain.mkdir()
BertModel(bert()).save_pretrained(plain)
words().save_pretrained(plain)
encoder = models.Transformer(str(plain))
path = FOLDER / "encoder"
sentences = SentenceTransformer(modules=[encoder, models.Pooling(encoder.get_word_embedding_dimension())])
sentences.save(str(path))
folder("encoder", "library_name: sentence-transformers\npipeline_tag: sentence-similarity\ntags:\n- sentence-transformers")

path = folder("pictures", "library_name: diffusers\npipeline_tag: text-to-image")
spelling = FOLDER / "spelling"
spelling.mkdir()
StableDiffusionPipeline(
    vae=AutoencoderKL(block_out_channels=[32, 64], in_channels=3, out_channels=3, latent_channels=4,
                      down_block_types=["DownEncoderBlock2D"] * 2, up_block_types=["UpDecoderBlock2D"] * 2),
    unet=UNet2DConditionModel(block_out_channels=(32, 64), layers_per_block=1, sample_size=8, in_channels=4, out_channels=4,
                              down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
                              up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"), cross_attention_dim=32),
    text_encoder=CLIPTextModel(CLIPTextConfig(vocab_size=200, hidden_size=32, intermediate_size=37, num_hidden_layers=2,
                                              num_attention_heads=4, max_position_embeddings=77, eos_token_id=1)),
    tokenizer=CLIPTokenizer(*byte_level(spelling, "<|startoftext|>", "<|endoftext|>"), model_max_length=77),
    scheduler=DDIMScheduler(), safety_checker=None, feature_extractor=None, requires_safety_checker=False,
).save_pretrained(path)

path = folder("base", "library_name: transformers\npipeline_tag: text-generation")
# Heads of 64: vLLM has no kernels for smaller ones.
base = GPT2LMHeadModel(GPT2Config(vocab_size=200, n_positions=64, n_embd=128, n_layer=2, n_head=2, bos_token_id=0, eos_token_id=0))
base.save_pretrained(path)
GPT2TokenizerFast(*byte_level(path, "<|endoftext|>")).save_pretrained(path)

path = folder("adapter", "library_name: peft\nbase_model: alice/base")
base.name_or_path = base.config._name_or_path = "alice/base"
adapter = get_peft_model(base, LoraConfig(r=2, target_modules=["c_attn"], task_type="CAUSAL_LM", base_model_name_or_path="alice/base"))
card = (path / "README.md").read_text()
adapter.save_pretrained(path)
(path / "README.md").write_text(card)


def write_gguf(path: pathlib.Path) -> None:
    """A language model of one layer, as llama.cpp reads it: bytes and letters are its words."""
    letters = ["\u2581", *string.ascii_lowercase]
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *letters]
    kinds = [gguf.TokenType.UNKNOWN, gguf.TokenType.CONTROL, gguf.TokenType.CONTROL, *[gguf.TokenType.BYTE] * 256,
             *[gguf.TokenType.NORMAL] * len(letters)]
    width, inner = 32, 64
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(256)
    writer.add_embedding_length(width)
    writer.add_block_count(1)
    writer.add_feed_forward_length(inner)
    writer.add_head_count(2)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_rope_dimension_count(width // 2)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32)
    writer.add_tokenizer_model("llama")
    writer.add_token_list(tokens)
    writer.add_token_scores([float(-at) for at in range(len(tokens))])
    writer.add_token_types(kinds)
    writer.add_bos_token_id(1)
    writer.add_eos_token_id(2)
    random = numpy.random.default_rng(7)
    shapes = {"token_embd": (len(tokens), width), "output_norm": (width,), "output": (len(tokens), width),
              "blk.0.attn_norm": (width,), "blk.0.ffn_norm": (width,), "blk.0.ffn_gate": (inner, width),
              "blk.0.ffn_up": (inner, width), "blk.0.ffn_down": (width, inner),
              **{f"blk.0.attn_{part}": (width, width) for part in ("q", "k", "v", "output")}}
    weights = {name: random.standard_normal(shape, dtype=numpy.float32) * numpy.float32(0.1) for name, shape in shapes.items()}
    # One number of each word is large and survives the layer, and only the end asks for it: whoever lets the
    # model speak until it ends need not wait.
    weights["token_embd"][:, 0] = 10
    weights["output_norm"][:] = 1
    weights["output"][2, 0] = 10
    for name, values in weights.items():
        writer.add_tensor(f"{name}.weight", values)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


path = folder("speaker", "library_name: gguf\npipeline_tag: text-generation")
write_gguf(path / "speaker-f32.gguf")

with torch.no_grad():
    logits = classifier(**words()("works today", return_tensors="pt")).logits[0].tolist()
print(json.dumps({"classifier": logits, "encoder": sentences.encode(["The weather is lovely today."])[0].tolist()}))
