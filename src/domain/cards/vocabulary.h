// Closed word lists of the Hub: licences, libraries, tasks. Facts, not rules. Private to the room.
#pragma once

#include <string_view>

namespace holt::cards {

bool is_license(std::string_view id);
std::string_view license_list();  // "apache-2.0, mit, …" for messages
bool is_library(std::string_view tag);
bool is_task(std::string_view tag);
bool is_language(
    std::string_view tag);  // ISO 639 shape: 2 or 3 letters, known two-letter code or listed

// The library that a model_type or file name suffix hints at; empty when none.
std::string_view library_of_file(std::string_view path);
// "BertForMaskedLM" → fill-mask; empty when the architecture says nothing.
std::string_view task_of_architecture(std::string_view architecture);
// "BertForMaskedLM" → AutoModelForMaskedLM
std::string_view auto_model_of(std::string_view architecture);

}  // namespace holt::cards
