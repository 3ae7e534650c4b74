// What the tests look at: a model with a card, weights, history and branches; a dataset; a Space.
import { readFileSync } from 'node:fs';

export const card = `---
license: apache-2.0
language: en
library_name: transformers
pipeline_tag: text-classification
tags:
- bert
- finance
datasets:
- acme/reviews
model-index:
- name: tiny-bert
  results:
  - task:
      type: text-classification
    dataset:
      name: Reviews
      type: acme/reviews
    metrics:
    - type: accuracy
      value: 0.9312
---
# Tiny BERT for reviews

A small encoder that tells **friendly** reviews from the other kind. It fits on a laptop and answers in a millisecond.

## Intended use

Sort incoming reviews before people read them. It was trained on [acme/reviews](/datasets/acme/reviews).

| split | accuracy | F1 |
|---|---:|---:|
| validation | 93.1 | 92.8 |
| test | 92.7 | 92.4 |

\`\`\`python
from transformers import pipeline

classify = pipeline("text-classification", model="acme/tiny-bert")
print(classify("Arrived early, works well."))
\`\`\`

## Training

The loss is $L = -\\sum_i y_i \\log p_i$ over three epochs.

- [x] deduplicated
- [ ] distilled further
`;

export function safetensors(tensors) {
  const header = {};
  let at = 0;
  const parts = [];
  for (const [name, { dtype, shape, data }] of Object.entries(tensors)) {
    header[name] = { dtype, shape, data_offsets: [at, at + data.length] };
    at += data.length;
    parts.push(data);
  }
  header.__metadata__ = { format: 'pt' };
  const text = Buffer.from(JSON.stringify(header));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(text.length));
  return Buffer.concat([length, text, ...parts]);
}

export const floats = (...values) => Buffer.from(new Float32Array(values).buffer);

export async function seed(holt) {
  await holt.create('model', 'acme/tiny-bert', {
    'README.md': card,
    'config.json': JSON.stringify({ architectures: ['BertForSequenceClassification'], model_type: 'bert', hidden_size: 4 }, null, 2),
    'src/train.py': 'import torch\n\n\ndef train(model):\n    return model.fit()\n',
    'notes.txt': 'first line\nsecond line\n'
  });
  await holt.commit('model', 'acme/tiny-bert', { 'notes.txt': 'first line\nsecond line, better\nthird line\n' }, 'Improve the notes', 'They were too short.');
  await holt.api('POST', '/api/models/acme/tiny-bert/branch/experiment', {});
  await holt.api('POST', '/api/models/acme/tiny-bert/tag/main', { tag: 'v1.0' });
  await holt.create('dataset', 'acme/reviews', {
    'README.md': '---\nlicense: cc-by-4.0\nlanguage: en\ntask_categories:\n- text-classification\nsize_categories:\n- n<1K\n---\n# Reviews\n\nA thousand reviews with a label each.\n',
    'train.csv': 'text,label\n"Works well, thanks",1\nBroke at once,0\n'
  });
  await holt.create('model', 'acme/tiny-bert-ft', { 'README.md': '---\nbase_model: acme/tiny-bert\nbase_model_relation: finetune\nlicense: mit\n---\n# Finetuned\n' });
  await holt.create('space', 'acme/demo', { 'README.md': '---\ntitle: Demo\nemoji: 🚀\nsdk: gradio\n---\n# Demo\n', 'app.py': 'print("hi")\n' }, { sdk: 'gradio' });
  await holt.create('model', 'acme/secret', { 'README.md': '# Secret\n' }, { private: true });
}
