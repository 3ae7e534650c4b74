// The OpenAPI 3.1 document of the route table: paths, parameters, access and error codes.
#include <algorithm>
#include <map>

#include "base/text.h"
#include "io/http/http.h"
#include "io/http/json_text.h"

namespace holt::http {
namespace {

struct Parameter {
  std::string_view name;
  std::vector<std::string_view> words;
  bool rest = false;
};

struct Template {
  std::string path;  // {name:a|b} and {name*} as {name}
  std::vector<Parameter> parameters;
};

Template read_template(std::string_view pattern) {
  Template out;
  while (!pattern.empty()) {
    const std::size_t open = pattern.find('{');
    out.path += pattern.substr(0, open);
    if (open == std::string_view::npos) break;
    const std::size_t close = pattern.find('}', open);
    const std::string_view inner = pattern.substr(open + 1, close - open - 1);
    pattern.remove_prefix(close + 1);
    Parameter parameter;
    const std::size_t colon = inner.find(':');
    parameter.name = inner.substr(0, colon);
    parameter.rest = inner.ends_with('*');
    if (parameter.rest) parameter.name.remove_suffix(1);
    if (colon != std::string_view::npos) parameter.words = split(inner.substr(colon + 1), '|');
    out.path += '{';
    out.path += parameter.name;
    out.path += '}';
    out.parameters.push_back(std::move(parameter));
  }
  return out;
}

// Writes members and elements, minding the commas.
class Writer {
 public:
  void begin(char bracket) {
    separate();
    out_ += bracket;
    first_ = true;
  }
  void end(char bracket) {
    out_ += bracket;
    first_ = false;
  }
  void key(std::string_view name) {
    separate();
    append_json(out_, name);
    out_ += ':';
    first_ = true;
  }
  void text(std::string_view value) {
    separate();
    append_json(out_, value);
  }
  void raw(std::string_view value) {
    separate();
    out_ += value;
  }
  void member(std::string_view name, std::string_view value) {
    key(name);
    text(value);
  }
  std::string take() { return std::move(out_); }

 private:
  void separate() {
    if (!first_) out_ += ',';
    first_ = false;
  }
  std::string out_;
  bool first_ = true;
};

std::string_view body_policy_name(BodyPolicy policy) {
  switch (policy) {
    case BodyPolicy::none:
      return "none";
    case BodyPolicy::bytes:
      return "bytes";
    case BodyPolicy::sink:
      return "stream";
  }
  return "none";
}

void write_security(Writer& w, Access access) {
  w.key("security");
  w.begin('[');
  const auto scheme = [&](std::string_view name) {
    w.begin('{');
    w.key(name);
    w.raw("[]");
    w.end('}');
  };
  switch (access) {
    case Access::open:
      break;
    case Access::anonymous:
      w.raw("{}");
      scheme("bearer");
      break;
    case Access::account:
      scheme("bearer");
      break;
    case Access::git:
      w.raw("{}");
      scheme("basic");
      scheme("bearer");
      break;
    case Access::cas:
      scheme("xet");
      break;
  }
  w.end(']');
}

void write_parameters(Writer& w, const Template& pattern) {
  if (pattern.parameters.empty()) return;
  w.key("parameters");
  w.begin('[');
  for (const Parameter& parameter : pattern.parameters) {
    w.begin('{');
    w.member("name", parameter.name);
    w.member("in", "path");
    w.key("required");
    w.raw("true");
    w.key("schema");
    w.begin('{');
    w.member("type", "string");
    if (!parameter.words.empty()) {
      w.key("enum");
      w.begin('[');
      for (const auto word : parameter.words) w.text(word);
      w.end(']');
    }
    w.end('}');
    if (parameter.rest) w.member("description", "The rest of the path; may hold slashes.");
    w.end('}');
  }
  w.end(']');
}

void write_operation(Writer& w, const Route& route, const Template& pattern) {
  w.key(lower(method_name(route.method)));
  w.begin('{');
  w.member("operationId", route.id);
  if (!route.summary.empty()) w.member("summary", route.summary);
  write_parameters(w, pattern);
  write_security(w, route.access);
  if (route.body != BodyPolicy::none) {
    w.key("requestBody");
    w.raw(R"({"content":{"*/*":{}}})");
  }
  w.key("responses");
  w.raw(R"({"default":{"description":"The answer, or an error as {\"error\": text}."}})");
  w.member("x-body-policy", body_policy_name(route.body));
  if (!route.errors.empty()) {
    w.key("x-error-codes");
    w.begin('[');
    for (const auto code : route.errors) w.text(code);
    w.end(']');
  }
  if (route.internal) {
    w.key("x-internal");
    w.raw("true");
  }
  w.end('}');
}

}  // namespace

std::string openapi_document(const Router& router, std::string_view version) {
  // Templates that differ in the alternatives of a parameter are one path to OpenAPI; the later
  // ones with the same method are told apart by a fragment, which the standard leaves free.
  std::map<std::string, std::map<std::string, std::pair<const Route*, Template>>> paths;
  for (const auto& route : router.routes()) {
    Template pattern = read_template(route->path);
    std::string path = pattern.path;
    const std::string method(method_name(route->method));
    if (const auto it = paths.find(path); it != paths.end() && it->second.contains(method)) {
      path += '#';
      path += route->id;
    }
    paths[path].emplace(method, std::pair(route.get(), std::move(pattern)));
  }
  Writer w;
  w.begin('{');
  w.member("openapi", "3.1.0");
  w.key("info");
  w.begin('{');
  w.member("title", "Holt");
  w.member("version", version);
  w.end('}');
  w.key("paths");
  w.begin('{');
  for (const auto& [path, operations] : paths) {
    w.key(path);
    w.begin('{');
    for (const auto& [method, operation] : operations) {
      write_operation(w, *operation.first, operation.second);
    }
    w.end('}');
  }
  w.end('}');
  w.key("components");
  w.raw(R"({"securitySchemes":{"bearer":{"type":"http","scheme":"bearer"},)"
        R"("basic":{"type":"http","scheme":"basic"},)"
        R"("xet":{"type":"http","scheme":"bearer","description":"A Xet access token."}}})");
  w.end('}');
  return w.take();
}

}  // namespace holt::http
