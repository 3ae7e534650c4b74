"""What the page of a model offers to copy is run by the libraries it names, against a real Holt.

Models are uploaded by today's `hf` (through Xet) and read by libraries of two years ago."""

import json
import os
import pathlib
import shutil
import subprocess

import pytest
from support.client_shell import Client
from support.holt_server import HoltServer

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-clients" / "bin" / "python"
NODE = ROOT / ".venv" / "bin" / "node"


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A Holt with a repository of each library."""
    folder = tmp_path_factory.mktemp("models")
    quiet = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
    made = subprocess.run([PYTHON, pathlib.Path(__file__).with_name("make_models.py"), folder], text=True, capture_output=True,
                          env={**quiet, "HF_HUB_OFFLINE": "1", "HOME": str(folder / "home")})
    assert made.returncode == 0, made.stderr[-6000:]
    with HoltServer() as holt:
        holt.create_people()
        client = Client(holt, "alice", folder / "uploader")
        for name in ("classifier", "encoder", "pictures", "base", "adapter"):
            client.hf("upload", f"alice/{name}", folder / name, "--repo-type", "model")
        yield holt


@pytest.fixture
def shell(hub, tmp_path):
    """An empty home of a user who has nothing but the libraries."""
    client = Client(hub, "alice", tmp_path / "home")
    for name in ("HF_ENDPOINT", "HF_TOKEN"):  # the snippet itself must say them
        client.environment.pop(name)
    return client


def snippets(hub, name: str) -> dict[str, str]:
    printed = subprocess.run([NODE, pathlib.Path(__file__).with_name("snippets.mjs"), hub.endpoint, "models", f"alice/{name}"],
                             env={**os.environ, "HF_TOKEN": hub.tokens["alice"]}, text=True, capture_output=True)
    assert printed.returncode == 0, printed.stderr
    return json.loads(printed.stdout)


def python(shell, code: str, then: str = "") -> str:
    return shell.ok(PYTHON, "-c", f"{code}\n{then}", timeout=600)


@pytest.mark.parametrize(("name", "snippet", "then", "printed"), [
    ("classifier", "transformers", "print(model(**tokenizer('works', return_tensors='pt')).logits.shape)", "torch.Size([1, 2])"),
    ("classifier", "pipeline", "print(sorted(pipe('works today')[0]))", "['label', 'score']"),
    ("base", "transformers", "print(model.generate(**tokenizer('abc', return_tensors='pt'), max_new_tokens=2).shape[0])", "1"),
    ("encoder", "sentence-transformers", "", "(1, 32)"),
    ("pictures", "diffusers", "print(type(image).__name__)", "Image"),
    ("adapter", "peft", "print(type(model).__name__)", "PeftModelForCausalLM"),
    ("classifier", "hub-python", "import os; print(sorted(os.listdir(folder)))", "model.safetensors"),
])
def test_python(hub, shell, name, snippet, then, printed):
    assert printed in python(shell, snippets(hub, name)[snippet], then)


def test_private_models_ask_for_the_token(hub, shell):
    """The snippet says where the token goes; with it there, it works."""
    with hub.api("alice") as alice:
        assert alice.put("/api/models/alice/classifier/settings", json={"private": True}).status_code == 200
    try:
        code = snippets(hub, "classifier")["transformers"]
        assert '"hf_..."' in code
        python(shell, code.replace("hf_...", hub.tokens["alice"]))
        assert shell.run(PYTHON, "-c", code.replace("hf_...", hub.tokens["carol"])).returncode != 0
    finally:
        with hub.api("alice") as alice:
            alice.put("/api/models/alice/classifier/settings", json={"private": False})


@pytest.mark.skipif(not shutil.which("cargo"), reason="cargo is not installed")
def test_rust(hub, shell, tmp_path):
    code = snippets(hub, "classifier")["rust"]
    manifest, _, program = code.partition("\n")
    needs = manifest.removeprefix("// Cargo.toml: ")
    (tmp_path / "src").mkdir()
    (tmp_path / "src" / "main.rs").write_text(program)
    (tmp_path / "Cargo.toml").write_text(f'[package]\nname = "snippet"\nversion = "0.1.0"\nedition = "2021"\n[dependencies]\n{needs}\n')
    environment = {**os.environ, "HF_HOME": str(tmp_path / "hf"), "CARGO_TARGET_DIR": str(ROOT / "build-clients" / "rust")}
    ended = subprocess.run(["cargo", "run", "-q"], cwd=tmp_path, env=environment, text=True, capture_output=True, timeout=1800)
    assert ended.returncode == 0, ended.stderr[-4000:]
    assert json.loads(pathlib.Path(ended.stdout.strip()).read_text())["model_type"] == "bert"
