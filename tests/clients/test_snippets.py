"""What the page of a model offers to copy is run by the libraries it names, against a real Holt.

Models are made by the libraries, uploaded by `hf` (through Xet), and must compute from here what they
computed where they were made. What needs no large library (hf, git, curl, JavaScript, datasets, pandas)
is run by tests/e2e/snippets.test.mjs."""

import json
import os
import pathlib
import shutil
import signal
import subprocess
import time

import httpx
import pytest
from support.client_shell import Client
from support.holt_server import HoltServer, free_port

ROOT = pathlib.Path(__file__).resolve().parents[2]
PYTHON = ROOT / ".venv-clients" / "bin" / "python"
NODE = ROOT / ".venv" / "bin" / "node"
PROGRAMS = ROOT / "build-clients" / "bin"  # llama-server and ollama, by scripts/setup clients


@pytest.fixture(scope="module")
def hub(tmp_path_factory):
    """A Holt with a repository of each library; `computed` is what the models gave where they were made."""
    folder = tmp_path_factory.mktemp("models")
    quiet = {k: v for k, v in os.environ.items() if not k.startswith("HF_")}
    made = subprocess.run([PYTHON, pathlib.Path(__file__).with_name("make_models.py"), folder], text=True, capture_output=True,
                          env={**quiet, "HF_HUB_OFFLINE": "1", "HOME": str(folder / "home")})
    assert made.returncode == 0, made.stderr[-6000:]
    with HoltServer() as holt:
        holt.computed = json.loads(made.stdout.splitlines()[-1])
        holt.create_people()
        client = Client(holt, "alice", folder / "uploader")
        for name in ("classifier", "encoder", "pictures", "base", "adapter", "speaker"):
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
    ("classifier", "pipeline", "print(sorted(pipe('works today')[0]))", "['label', 'score']"),
    ("base", "transformers", "print(model.generate(**tokenizer('abc', return_tensors='pt'), max_new_tokens=2).shape)", "torch.Size([1, 5])"),
    ("encoder", "sentence-transformers", "", "(1, 32)"),
    ("pictures", "diffusers", "print(type(image).__name__)", "Image"),
    ("adapter", "peft", "print(type(model).__name__)", "PeftModelForCausalLM"),
    ("classifier", "hub-python", "import os; print(sorted(os.listdir(folder)))", "model.safetensors"),
])
def test_python(hub, shell, name, snippet, then, printed):
    assert printed in python(shell, snippets(hub, name)[snippet], then)


@pytest.mark.parametrize(("name", "snippet", "then"), [
    ("classifier", "transformers", "print(model(**tokenizer('works today', return_tensors='pt')).logits[0].tolist())"),
    ("encoder", "sentence-transformers", "print(model.encode(['The weather is lovely today.'])[0].tolist())"),
])
def test_models_compute_what_they_computed_before(hub, shell, name, snippet, then):
    values = json.loads(python(shell, snippets(hub, name)[snippet], then).splitlines()[-1])
    assert values == pytest.approx(hub.computed[name], abs=1e-4)


class Private:
    """Makes a repository private for the time of a `with`."""

    def __init__(self, hub, name: str):
        self.hub, self.name = hub, name

    def say(self, private: bool) -> None:
        with self.hub.api("alice") as alice:
            assert alice.put(f"/api/models/alice/{self.name}/settings", json={"private": private}).status_code == 200

    def __enter__(self):
        self.say(True)

    def __exit__(self, *_):
        self.say(False)


def test_private_models_ask_for_the_token(hub, shell):
    """The snippet says where the token goes; with it there, it works."""
    with Private(hub, "classifier"):
        code = snippets(hub, "classifier")["transformers"]
        assert '"hf_..."' in code
        python(shell, code.replace("hf_...", hub.tokens["alice"]))
        assert shell.run(PYTHON, "-c", code.replace("hf_...", hub.tokens["carol"])).returncode != 0


class LlamaServer:
    """What the page offers for llama.cpp, as typed into a shell: a server that has loaded the model."""

    def __init__(self, shell, code: str):
        self.port = free_port()
        self.log = shell.home / "llama.log"
        environment = {**shell.environment, "PATH": f"{PROGRAMS}:{shell.environment['PATH']}", "LLAMA_ARG_HOST": "127.0.0.1",
                       "LLAMA_ARG_PORT": str(self.port), "LLAMA_ARG_CTX_SIZE": "128", "LLAMA_ARG_N_PARALLEL": "1"}
        with self.log.open("w") as log:
            self.process = subprocess.Popen(["bash", "-euo", "pipefail", "-c", code], cwd=shell.home, env=environment, stdout=log,
                                            stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True)

    def answers(self, limit_s: int = 120) -> bool:
        """Whether the model was loaded; False when the program ended before."""
        until = time.monotonic() + limit_s
        while time.monotonic() < until and self.process.poll() is None:
            try:
                if httpx.get(f"http://127.0.0.1:{self.port}/health", timeout=5).status_code == 200:
                    return True
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        return False

    def complete(self, text: str, tokens: int) -> dict:
        reply = httpx.post(f"http://127.0.0.1:{self.port}/completion", timeout=60,
                           json={"prompt": text, "n_predict": tokens, "temperature": 0, "ignore_eos": True})
        return reply.raise_for_status().json()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            os.killpg(self.process.pid, signal.SIGTERM)
            self.process.wait(30)


@pytest.mark.skipif(not (PROGRAMS / "llama-server").exists(), reason="llama-server is not built: scripts/setup clients")
def test_llama_cpp(hub, shell):
    code = snippets(hub, "speaker")["llama.cpp"]
    with LlamaServer(shell, code) as server:
        assert server.answers(), server.log.read_text()[-3000:]
        assert server.complete("hello", 4)["tokens_predicted"] == 4
    with Private(hub, "speaker"):
        code = snippets(hub, "speaker")["llama.cpp"]
        shutil.rmtree(shell.home / "hf")
        with LlamaServer(shell, code.replace("hf_...", hub.tokens["carol"])) as server:
            assert not server.answers(20)
        with LlamaServer(shell, code.replace("hf_...", hub.tokens["alice"])) as server:
            assert server.answers(), server.log.read_text()[-3000:]


@pytest.mark.skipif(not (PROGRAMS / "ollama").exists(), reason="ollama is not built: scripts/setup clients, with Go")
def test_ollama(hub, shell):
    """The page's lines, with a server of Ollama's own beside them, as its installer starts one."""
    address = f"127.0.0.1:{free_port()}"
    shell.environment |= {"PATH": f"{PROGRAMS}:{shell.environment['PATH']}", "OLLAMA_HOST": address,
                          "OLLAMA_MODELS": str(shell.home / "ollama"), "OLLAMA_CONTEXT_LENGTH": "128"}
    log = shell.home / "ollama.log"
    with log.open("w") as output:
        server = subprocess.Popen([PROGRAMS / "ollama", "serve"], cwd=shell.home, env=shell.environment, stdout=output,
                                  stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, start_new_session=True)
    try:
        shell.ok("curl", "-fsS", "--retry", "60", "--retry-delay", "1", "--retry-connrefused", f"http://{address}/api/version")
        code = snippets(hub, "speaker")["ollama"]
        assert code.splitlines()[-1] == "ollama run speaker"
        shell.ok("bash", "-euo", "pipefail", "-c", code)
        reply = httpx.post(f"http://{address}/api/generate", timeout=120, json={
            "model": "speaker", "prompt": "hello", "raw": True, "stream": False, "options": {"num_predict": 4}})
        assert reply.status_code == 200 and reply.json()["prompt_eval_count"] > 0, f"{reply.text}\n{log.read_text()[-3000:]}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(30)


@pytest.mark.skipif(not os.environ.get("HOLT_VLLM"), reason="HOLT_VLLM names no vllm program: it wants a PyTorch of its own")
def test_vllm(hub, shell):
    port = free_port()
    code = snippets(hub, "base")["vllm"]
    assert code.splitlines()[-1] == "vllm serve alice/base"
    shell.environment |= {"PATH": f"{pathlib.Path(os.environ['HOLT_VLLM']).parent}:{shell.environment['PATH']}", "VLLM_NO_USAGE_STATS": "1",
                          "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind"}
    log = shell.home / "vllm.log"
    with log.open("w") as output:
        server = subprocess.Popen(["bash", "-c", f"{code} --host 127.0.0.1 --port {port} --enforce-eager"], cwd=shell.home,
                                  env=shell.environment, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
    try:
        ready = shell.run("curl", "-fsS", "--retry", "600", "--retry-delay", "1", "--retry-connrefused",
                          f"http://127.0.0.1:{port}/v1/models", timeout=700)
        assert "alice/base" in ready.stdout, log.read_text()[-4000:]
        reply = httpx.post(f"http://127.0.0.1:{port}/v1/completions", timeout=120, json={
            "model": "alice/base", "prompt": "abc", "max_tokens": 4, "ignore_eos": True})
        assert reply.json()["usage"]["completion_tokens"] == 4, f"{reply.text}\n{log.read_text()[-3000:]}"
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)


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
