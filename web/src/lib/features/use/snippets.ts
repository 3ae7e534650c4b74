// Working code for a repository, with this Holt's address. tests/e2e runs what can be run.
import type { RepoInfo } from '#lib/api/types.ts';
import type { RepoPlace } from '#lib/features/repos/repo.ts';

export interface Snippet {
  id: string;
  title: string;
  language: string;
  code: string;
}

const has = (repo: RepoInfo, tag: string) => repo.library_name === tag || repo.tags.includes(tag);

export function snippetsOf(place: RepoPlace, repo: RepoInfo, origin: string, files: string[] = []): Snippet[] {
  const { id, kind } = place;
  const secret = repo.private || repo.gated !== false;
  const python = `import os\nos.environ["HF_ENDPOINT"] = "${origin}"  # before anything of Hugging Face is imported\n${secret ? 'os.environ["HF_TOKEN"] = "hf_..."  # from your settings\n' : ''}\n`;
  const shell = `export HF_ENDPOINT=${origin}\n${secret ? 'export HF_TOKEN=hf_...\n' : ''}`;
  const type = kind === 'models' ? '' : ` --repo-type ${kind.slice(0, -1)}`;
  const gguf = files.find((file) => file.endsWith('.gguf')) ?? 'model.gguf';
  const first = files.find((file) => file === 'config.json') ?? files.find((file) => file === 'README.md') ?? files[0] ?? 'README.md';
  const path = `${place.base}/resolve/main/${first}`;
  const auth = secret ? ' -H "Authorization: Bearer $HF_TOKEN"' : '';
  const out: Snippet[] = [];
  const add = (id: string, title: string, language: string, code: string) => out.push({ id, title, language, code });
  if (kind === 'models') {
    const task = repo.pipeline_tag;
    if (has(repo, 'transformers')) {
      const auto = { 'text-generation': 'AutoModelForCausalLM', 'fill-mask': 'AutoModelForMaskedLM', 'text-classification': 'AutoModelForSequenceClassification', 'token-classification': 'AutoModelForTokenClassification' }[task ?? ''] ?? 'AutoModel';
      add('transformers', 'Transformers', 'python', `${python}from transformers import AutoTokenizer, ${auto}\n\ntokenizer = AutoTokenizer.from_pretrained("${id}")\nmodel = ${auto}.from_pretrained("${id}")`);
      if (task) add('pipeline', 'Transformers pipeline', 'python', `${python}from transformers import pipeline\n\npipe = pipeline("${task}", model="${id}")`);
    }
    if (has(repo, 'sentence-transformers')) add('sentence-transformers', 'sentence-transformers', 'python', `${python}from sentence_transformers import SentenceTransformer\n\nmodel = SentenceTransformer("${id}")\nprint(model.encode(["The weather is lovely today."]).shape)`);
    if (has(repo, 'diffusers')) add('diffusers', 'Diffusers', 'python', `${python}from diffusers import DiffusionPipeline\n\npipe = DiffusionPipeline.from_pretrained("${id}")\nimage = pipe("Astronaut in a jungle").images[0]`);
    if (has(repo, 'peft')) add('peft', 'PEFT', 'python', `${python}from peft import AutoPeftModelForCausalLM\n\nmodel = AutoPeftModelForCausalLM.from_pretrained("${id}")`);
    if (has(repo, 'gguf')) {
      add('llama.cpp', 'llama.cpp', 'bash', `export MODEL_ENDPOINT=${origin}/\n${secret ? 'export HF_TOKEN=hf_...\n' : ''}llama-server --hf-repo ${id} --hf-file ${gguf}`);
      add('ollama', 'Ollama', 'bash', `curl -fL${auth} -o model.gguf ${origin}${place.base}/resolve/main/${gguf}\nprintf 'FROM ./model.gguf\\n' > Modelfile\nollama create ${place.name.toLowerCase()} -f Modelfile\nollama run ${place.name.toLowerCase()}`);
    }
    if (task === 'text-generation' && !has(repo, 'gguf')) add('vllm', 'vLLM', 'bash', `${shell}vllm serve ${id}`);
    add('hub-python', 'huggingface_hub', 'python', `${python}from huggingface_hub import snapshot_download\n\nfolder = snapshot_download("${id}")\nprint(folder)`);
  } else if (kind === 'datasets') {
    add('datasets', 'Datasets', 'python', `${python}from datasets import load_dataset\n\ndata = load_dataset("${id}")\nprint(data)`);
    const table = files.find((file) => /\.(parquet|csv|jsonl?)$/.test(file));
    if (table) {
      const read = table.endsWith('parquet') ? 'read_parquet' : table.endsWith('csv') ? 'read_csv' : 'read_json';
      add('pandas', 'pandas', 'python', `${python}import pandas\nfrom huggingface_hub import hf_hub_download\n\ntable = pandas.${read}(hf_hub_download("${id}", "${table}", repo_type="dataset")${table.endsWith('jsonl') ? ', lines=True' : ''})\nprint(table.head())`);
    }
    add('hub-python', 'huggingface_hub', 'python', `${python}from huggingface_hub import snapshot_download\n\nfolder = snapshot_download("${id}", repo_type="dataset")\nprint(folder)`);
  }
  add('hf', 'hf', 'bash', `${shell}hf download ${id}${type}`);
  add('git', 'git', 'bash', `git lfs install\ngit clone ${origin.replace('://', secret ? '://user:$HF_TOKEN@' : '://')}${place.base}`);
  add('curl', 'curl', 'bash', `curl -fL${auth} -O ${origin}${path}`);
  const jsRepo = kind === 'models' ? `"${id}"` : `"${kind}/${id}"`;
  add('javascript', 'JavaScript', 'javascript', `import { listFiles, downloadFile } from "@huggingface/hub";\n\nconst at = { repo: ${jsRepo}, hubUrl: "${origin}"${secret ? ', accessToken: process.env.HF_TOKEN' : ''} };\nfor await (const file of listFiles(at)) console.log(file.path, file.size);\nconst blob = await downloadFile({ ...at, path: "${first}" });\nconsole.log(blob.size);`);
  if (kind !== 'spaces') add('rust', 'Rust', 'rust', `// Cargo.toml: hf-hub = { version = "0.4", features = ["ureq"] }\nuse hf_hub::api::sync::ApiBuilder;\n\nfn main() -> Result<(), Box<dyn std::error::Error>> {\n    let api = ApiBuilder::new().with_endpoint("${origin}".into())${secret ? '.with_token(std::env::var("HF_TOKEN").ok())' : ''}.build()?;\n    let path = api.${kind === 'models' ? 'model' : 'dataset'}("${id}".into()).get("${first}")?;\n    println!("{}", path.display());\n    Ok(())\n}`);
  return out;
}
