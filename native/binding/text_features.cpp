#include "text_features.h"

#include <cmath>
#include <string>
#include <vector>

#include "arguments.h"
#include "data/table.h"
#include "dictionary.h"
#include "sparse.h"

namespace glissade {
namespace {

/// The arguments `(columns, longest, subwordsFrom, subwordsTo)`.
TextShape shapeOf(const Napi::CallbackInfo& info) {
  const auto number = [&](size_t i, const char* name, uint64_t least, uint64_t most) {
    const uint64_t value = Argument(info, i, name).wholeNumber(most);
    if (value < least)
      throw Error("ERR_OUT_OF_RANGE",
                  std::string(name) + " is " + std::to_string(value) + ", below " + std::to_string(least));
    return static_cast<uint32_t>(value);
  };
  const uint32_t from = number(2, "subwordsFrom", 0, UINT32_MAX);
  return {number(0, "columns", 1, kMostColumns), number(1, "longest", 1, UINT32_MAX), from,
          number(3, "subwordsTo", from, UINT32_MAX)};
}

std::span<const uint8_t> unsignedBytes(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size()};
}

/// Calls visit(text) with the bytes of each row's text, or nullptr for a row without one. The arguments from `i` on are
/// `(dictionary | undefined, bytes, offsets, codes)`: texts of a dictionary, or else a list of texts.
template <typename Visit>
void forEachText(const Napi::CallbackInfo& info, size_t i, Visit visit) {
  const auto over = [&](std::span<const uint32_t> codes, size_t size, auto textOf) {
    for (const uint32_t code : codes) {
      if (code == Dictionary::kMissing) {
        visit(nullptr);
        continue;
      }
      if (code >= size)
        throw Error("ERR_OUT_OF_RANGE",
                    "code " + std::to_string(code) + " is beyond the " + std::to_string(size) + " texts");
      const std::span<const uint8_t> text = unsignedBytes(textOf(code));
      visit(&text);
    }
  };
  const Argument given(info, i, "dictionary");
  if (given.isGiven()) {
    const Dictionary& words = DictionaryBinding::from(given).words();
    const auto codes = Argument(info, i + 3, "codes").array<uint32_t>();
    over(codes, words.size(), [&](uint32_t code) { return words.word(code); });
  } else {
    const WordList words{std::as_bytes(Argument(info, i + 1, "bytes").array<uint8_t>()),
                         Argument(info, i + 2, "offsets").array<uint32_t>(Count::atLeast(1))};
    const auto codes = Argument(info, i + 3, "codes").array<uint32_t>();
    over(codes, words.size(), [&](uint32_t code) { return words.word(code); });
  }
}

}  // namespace

Napi::Function TextFeaturesBinding::define(Napi::Env env) {
  return defineClass(
      env, {method<&TextFeaturesBinding::Count>("count"), method<&TextFeaturesBinding::CountWords>("countWords"),
            method<&TextFeaturesBinding::Encode>("encode"), method<&TextFeaturesBinding::Append>("append")});
}

// new TextFeatures(columns, longest, subwordsFrom, subwordsTo)
TextFeaturesBinding::TextFeaturesBinding(const Napi::CallbackInfo& info)
    : Handle(info), features_(guarded(info.Env(), [&] { return TextFeatures(shapeOf(info)); })) {}

// count(counts: Uint32Array, dictionary, bytes, offsets, codes): adds 1 to the count of each column that a row has.
void TextFeaturesBinding::Count(const Napi::CallbackInfo& info) {
  const auto counts = Argument(info, 0, "counts").array<uint32_t>(glissade::Count::exactly(features_.shape().columns));
  forEachText(info, 1, [&](const std::span<const uint8_t>* text) {
    if (text)
      for (const auto& [column, count] : features_.countIn(*text)) ++counts[column];
  });
}

// countWords(words: Dictionary, dictionary, bytes, offsets, codes): adds the words of the texts to `words`, and returns
// how often each of its words occurs in them, by codes.
Napi::Value TextFeaturesBinding::CountWords(const Napi::CallbackInfo& info) {
  std::vector<uint32_t> counts;
  auto& found = DictionaryBinding::from(Argument(info, 0, "words"));
  if (const Argument texts(info, 1, "dictionary"); texts.isGiven() && &DictionaryBinding::from(texts) == &found)
    throw Error("ERR_INVALID_ARGUMENT", "words is the dictionary of the texts");  // adding would move the texts
  found.addBy([&](Dictionary& words) {
    counts.resize(words.size());
    forEachText(info, 1, [&](const std::span<const uint8_t>* text) {
      if (!text) return;
      const Tokenizer& tokens = features_.wordsIn(*text);
      for (const auto& [begin, end] : tokens.words()) {
        const uint32_t code = words.add(std::as_bytes(tokens.bytes().subspan(begin, end - begin)));
        if (code == counts.size()) counts.push_back(0);
        ++counts[code];
      }
    });
  });
  return newArrayOf<Napi::Uint32Array>(info.Env(), counts);
}

/// A row for each text, whose values are count × weight, divided by the length of the row. The arguments from `i` on
/// are those of forEachText.
auto TextFeaturesBinding::rowsOf(const Napi::CallbackInfo& info, size_t i, std::span<const double> weights)
    -> const Rows& {
  const auto valueOf = [&](const TextFeatures::Count& found) {
    return weights.empty() ? found.count : found.count * weights[found.column];
  };
  Rows& rows = rows_;
  rows.offsets.assign(1, 0);
  rows.columns.clear();
  rows.values.clear();
  forEachText(info, i, [&](const std::span<const uint8_t>* text) {
    if (text) {
      const auto found = features_.countIn(*text);
      double squares = 0;
      for (const auto& one : found) squares += valueOf(one) * valueOf(one);
      const double length = std::sqrt(squares);
      for (const auto& one : found) {
        rows.columns.push_back(one.column);
        rows.values.push_back(valueOf(one) / length);
      }
    }
    rows.offsets.push_back(static_cast<double>(rows.columns.size()));
  });
  return rows;
}

// encode(weights: Float64Array | undefined, dictionary, bytes, offsets, codes): { offsets: Float64Array, columns:
// Uint32Array, values: Float64Array }
Napi::Value TextFeaturesBinding::Encode(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  std::span<const double> weights;
  if (const Argument given(info, 0, "weights"); given.isGiven())
    weights = given.array<double>(glissade::Count::exactly(features_.shape().columns));
  const Rows& rows = rowsOf(info, 1, weights);
  return objectOf(env, "offsets", newArrayOf<Napi::Float64Array>(env, rows.offsets), "columns",
                  newArrayOf<Napi::Uint32Array>(env, rows.columns), "values",
                  newArrayOf<Napi::Float64Array>(env, rows.values));
}

// append(builder: SparseBuilder, dictionary, bytes, offsets, codes): appends a row for each text to the builder. All
// features have the weight 1.
void TextFeaturesBinding::Append(const Napi::CallbackInfo& info) {
  SparseBuilder& builder = SparseBuilderBinding::from(Argument(info, 0, "builder")).builder();
  const Rows& rows = rowsOf(info, 1, {});
  builder.append(rows.offsets.data(), rows.offsets.size() - 1, rows.columns.data(), rows.values.data(),
                 rows.columns.size());
}

}  // namespace glissade
