// Names of tasks, licenses and languages where their ids do not read well.
const names: Record<string, string> = {
  'fill-mask': 'Fill-Mask', 'any-to-any': 'Any-to-Any', 'text-to-image': 'Text-to-Image', 'image-to-image': 'Image-to-Image', 'text-to-video': 'Text-to-Video', 'image-to-text': 'Image-to-Text', 'image-text-to-text': 'Image-Text-to-Text', 'text-to-speech': 'Text-to-Speech', 'text-to-audio': 'Text-to-Audio', 'audio-to-audio': 'Audio-to-Audio', 'text2text-generation': 'Text2Text Generation', 'image-to-video': 'Image-to-Video', 'image-to-3d': 'Image-to-3D', 'text-to-3d': 'Text-to-3D', 'zero-shot-classification': 'Zero-Shot Classification', gguf: 'GGUF', onnx: 'ONNX', pytorch: 'PyTorch', tf: 'TensorFlow', jax: 'JAX', safetensors: 'Safetensors', transformers: 'Transformers', diffusers: 'Diffusers', peft: 'PEFT', keras: 'Keras', timm: 'timm', 'sentence-transformers': 'sentence-transformers', gradio: 'Gradio', streamlit: 'Streamlit', docker: 'Docker', static: 'Static', mit: 'MIT', csv: 'CSV', json: 'JSON', parquet: 'Parquet', mlx: 'MLX', tensorboard: 'TensorBoard', spacy: 'spaCy', vllm: 'vLLM'
};

let languages: Intl.DisplayNames | undefined;

export function labelOf(kind: string, id: string, label?: string): string {
  const bare = id.includes(':') ? id.slice(id.indexOf(':') + 1) : id;
  if (names[bare]) return names[bare];
  if (kind === 'language') {
    try {
      languages ??= new Intl.DisplayNames(['en'], { type: 'language' });
      const name = languages.of(bare);
      if (name && name !== bare) return name;
    } catch {
      // Not a language code: shown as it is.
    }
  }
  if (kind === 'pipeline_tag' || kind === 'task_categories') {
    return bare.split('-').map((word) => word.charAt(0).toUpperCase() + word.slice(1)).join(' ');
  }
  if (kind === 'license') return bare;
  return label && label !== id ? label : bare;
}
