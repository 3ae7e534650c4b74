// Closed word lists of the Hub.
#include "domain/cards/vocabulary.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

namespace holt::cards {
namespace {

constexpr std::string_view kLicenses[] = {
    "apache-2.0",
    "mit",
    "openrail",
    "bigscience-openrail-m",
    "creativeml-openrail-m",
    "bigscience-bloom-rail-1.0",
    "bigcode-openrail-m",
    "afl-3.0",
    "artistic-2.0",
    "bsl-1.0",
    "bsd",
    "bsd-2-clause",
    "bsd-3-clause",
    "bsd-3-clause-clear",
    "c-uda",
    "cc",
    "cc0-1.0",
    "cc-by-2.0",
    "cc-by-2.5",
    "cc-by-3.0",
    "cc-by-4.0",
    "cc-by-sa-3.0",
    "cc-by-sa-4.0",
    "cc-by-nc-2.0",
    "cc-by-nc-3.0",
    "cc-by-nc-4.0",
    "cc-by-nd-4.0",
    "cc-by-nc-nd-3.0",
    "cc-by-nc-nd-4.0",
    "cc-by-nc-sa-2.0",
    "cc-by-nc-sa-3.0",
    "cc-by-nc-sa-4.0",
    "cdla-sharing-1.0",
    "cdla-permissive-1.0",
    "cdla-permissive-2.0",
    "wtfpl",
    "ecl-2.0",
    "epl-1.0",
    "epl-2.0",
    "etalab-2.0",
    "eupl-1.1",
    "eupl-1.2",
    "agpl-3.0",
    "gfdl",
    "gpl",
    "gpl-2.0",
    "gpl-3.0",
    "lgpl",
    "lgpl-2.1",
    "lgpl-3.0",
    "isc",
    "h-research",
    "intel-research",
    "lppl-1.3c",
    "ms-pl",
    "apple-ascl",
    "apple-amlr",
    "mpl-2.0",
    "odc-by",
    "odbl",
    "openmdw-1.0",
    "openrail++",
    "osl-3.0",
    "postgresql",
    "ofl-1.1",
    "ncsa",
    "unlicense",
    "zlib",
    "pddl",
    "lgpl-lr",
    "deepfloyd-if-license",
    "fair-noncommercial-research-license",
    "llama2",
    "llama3",
    "llama3.1",
    "llama3.2",
    "llama3.3",
    "llama4",
    "grok2-community",
    "gemma",
    "unknown",
    "other",
};
constexpr std::string_view kLibraries[] = {
    "transformers",
    "diffusers",
    "sentence-transformers",
    "timm",
    "peft",
    "pytorch",
    "tf",
    "jax",
    "keras",
    "tf-keras",
    "onnx",
    "safetensors",
    "gguf",
    "llama.cpp",
    "spacy",
    "flair",
    "fastai",
    "adapter-transformers",
    "allennlp",
    "asteroid",
    "espnet",
    "nemo",
    "pyannote-audio",
    "speechbrain",
    "stable-baselines3",
    "sample-factory",
    "ml-agents",
    "sklearn",
    "skops",
    "fasttext",
    "stanza",
    "paddlepaddle",
    "paddlenlp",
    "span-marker",
    "setfit",
    "open_clip",
    "mlx",
    "mlx-image",
    "transformers.js",
    "coreml",
    "tensorboard",
    "joblib",
    "tensorflowtts",
    "k2",
    "gliner",
    "optimum",
    "openvino",
    "rust",
    "bertopic",
    "mamba-ssm",
    "unsloth",
    "vllm",
    "lerobot",
    "ultralytics",
    "sana",
    "nemo_text_processing",
    "kenlm",
    "pickle",
    "xgboost",
    "catboost",
    "litert",
    "tflite",
    "model2vec",
    "onnxruntime",
    "executorch",
    "tokenizers",
    "datasets",
    "pandas",
    "polars",
    "dask",
    "webdataset",
    "mlcroissant",
    "distilabel",
    "argilla",
    "soundfolder",
    "imagefolder",
};
constexpr std::string_view kTasks[] = {
    "text-classification",
    "token-classification",
    "table-question-answering",
    "question-answering",
    "zero-shot-classification",
    "translation",
    "summarization",
    "feature-extraction",
    "text-generation",
    "text2text-generation",
    "fill-mask",
    "sentence-similarity",
    "text-to-speech",
    "text-to-audio",
    "automatic-speech-recognition",
    "audio-to-audio",
    "audio-classification",
    "audio-text-to-text",
    "voice-activity-detection",
    "depth-estimation",
    "image-classification",
    "object-detection",
    "image-segmentation",
    "text-to-image",
    "image-to-text",
    "image-to-image",
    "image-to-video",
    "unconditional-image-generation",
    "video-classification",
    "reinforcement-learning",
    "robotics",
    "tabular-classification",
    "tabular-regression",
    "tabular-to-text",
    "table-to-text",
    "multiple-choice",
    "text-ranking",
    "text-retrieval",
    "time-series-forecasting",
    "text-to-video",
    "image-text-to-text",
    "image-text-to-image",
    "image-text-to-video",
    "visual-question-answering",
    "document-question-answering",
    "zero-shot-image-classification",
    "graph-ml",
    "mask-generation",
    "zero-shot-object-detection",
    "text-to-3d",
    "image-to-3d",
    "image-feature-extraction",
    "video-text-to-text",
    "keypoint-detection",
    "visual-document-retrieval",
    "any-to-any",
    "video-to-video",
    "other",
    "conversational",
};
constexpr std::string_view kLanguages[] = {
    "aa", "ab", "ae",           "af",   "ak", "am", "an", "ar", "as", "av", "ay", "az", "ba", "be",
    "bg", "bh", "bi",           "bm",   "bn", "bo", "br", "bs", "ca", "ce", "ch", "co", "cr", "cs",
    "cu", "cv", "cy",           "da",   "de", "dv", "dz", "ee", "el", "en", "eo", "es", "et", "eu",
    "fa", "ff", "fi",           "fj",   "fo", "fr", "fy", "ga", "gd", "gl", "gn", "gu", "gv", "ha",
    "he", "hi", "ho",           "hr",   "ht", "hu", "hy", "hz", "ia", "id", "ie", "ig", "ii", "ik",
    "io", "is", "it",           "iu",   "ja", "jv", "ka", "kg", "ki", "kj", "kk", "kl", "km", "kn",
    "ko", "kr", "ks",           "ku",   "kv", "kw", "ky", "la", "lb", "lg", "li", "ln", "lo", "lt",
    "lu", "lv", "mg",           "mh",   "mi", "mk", "ml", "mn", "mr", "ms", "mt", "my", "na", "nb",
    "nd", "ne", "ng",           "nl",   "nn", "no", "nr", "nv", "ny", "oc", "oj", "om", "or", "os",
    "pa", "pi", "pl",           "ps",   "pt", "qu", "rm", "rn", "ro", "ru", "rw", "sa", "sc", "sd",
    "se", "sg", "si",           "sk",   "sl", "sm", "sn", "so", "sq", "sr", "ss", "st", "su", "sv",
    "sw", "ta", "te",           "tg",   "th", "ti", "tk", "tl", "tn", "to", "tr", "ts", "tt", "tw",
    "ty", "ug", "uk",           "ur",   "uz", "ve", "vi", "vo", "wa", "wo", "xh", "yi", "yo", "za",
    "zh", "zu", "multilingual", "code",
};

constexpr std::pair<std::string_view, std::string_view> kFileLibraries[] = {
    {".safetensors", "safetensors"},
    {".gguf", "gguf"},
    {"pytorch_model.bin", "pytorch"},
    {".onnx", "onnx"},
    {"tf_model.h5", "tf"},
    {"flax_model.msgpack", "jax"},
    {"rust_model.ot", "rust"},
    {".mlmodel", "coreml"},
    {".tflite", "tflite"},
    {".joblib", "joblib"},
    {"openvino_model.xml", "openvino"},
    {".keras", "keras"},
    {".nemo", "nemo"},
};

struct Architecture {
  std::string_view suffix, task, auto_model;
};
// Longer suffixes first: the last one fits every bare model.
constexpr Architecture kArchitectures[] = {
    {"ForCausalLM", "text-generation", "AutoModelForCausalLM"},
    {"LMHeadModel", "text-generation", "AutoModelForCausalLM"},
    {"ForMaskedLM", "fill-mask", "AutoModelForMaskedLM"},
    {"ForSequenceClassification", "text-classification", "AutoModelForSequenceClassification"},
    {"ForTokenClassification", "token-classification", "AutoModelForTokenClassification"},
    {"ForQuestionAnswering", "question-answering", "AutoModelForQuestionAnswering"},
    {"ForMultipleChoice", "multiple-choice", "AutoModelForMultipleChoice"},
    {"ForConditionalGeneration", "text2text-generation", "AutoModelForSeq2SeqLM"},
    {"ForImageClassification", "image-classification", "AutoModelForImageClassification"},
    {"ForObjectDetection", "object-detection", "AutoModelForObjectDetection"},
    {"ForSemanticSegmentation", "image-segmentation", "AutoModelForSemanticSegmentation"},
    {"ForInstanceSegmentation", "image-segmentation", "AutoModelForInstanceSegmentation"},
    {"ForDepthEstimation", "depth-estimation", "AutoModelForDepthEstimation"},
    {"ForCTC", "automatic-speech-recognition", "AutoModelForCTC"},
    {"ForSpeechSeq2Seq", "automatic-speech-recognition", "AutoModelForSpeechSeq2Seq"},
    {"ForAudioClassification", "audio-classification", "AutoModelForAudioClassification"},
    {"ForVideoClassification", "video-classification", "AutoModelForVideoClassification"},
    {"ForVision2Seq", "image-text-to-text", "AutoModelForVision2Seq"},
    {"ForDocumentQuestionAnswering", "document-question-answering",
     "AutoModelForDocumentQuestionAnswering"},
    {"Model", "feature-extraction", "AutoModel"},
};

template <std::size_t N>
bool holds(const std::string_view (&list)[N], std::string_view word) {
  return std::ranges::find(list, word) != std::end(list);
}

const Architecture* find_architecture(std::string_view name) {
  const auto it = std::ranges::find_if(
      kArchitectures, [&](const Architecture& a) { return name.ends_with(a.suffix); });
  return it == std::end(kArchitectures) ? nullptr : &*it;
}

}  // namespace

bool is_license(std::string_view id) { return holds(kLicenses, id); }

std::string_view license_list() {
  static const std::string list = [] {
    std::string text;
    for (auto id : kLicenses) text += (text.empty() ? "" : ", ") + std::string(id);
    return text;
  }();
  return list;
}

bool is_library(std::string_view tag) { return holds(kLibraries, tag); }
bool is_task(std::string_view tag) { return holds(kTasks, tag); }
bool is_language(std::string_view tag) { return holds(kLanguages, tag); }

std::string_view library_of_file(std::string_view path) {
  for (const auto& [suffix, library] : kFileLibraries)
    if (path.ends_with(suffix)) return library;
  if (path.find("tfevents") != path.npos) return "tensorboard";
  return {};
}

std::string_view task_of_architecture(std::string_view architecture) {
  const auto* found = find_architecture(architecture);
  return found ? found->task : std::string_view();
}

std::string_view auto_model_of(std::string_view architecture) {
  const auto* found = find_architecture(architecture);
  return found ? found->auto_model : std::string_view();
}

}  // namespace holt::cards
