#include "dictionary.h"

#include <algorithm>
#include <string>

#include "arguments.h"

namespace glissade {
namespace {

std::span<const std::byte> bytesAt(const Napi::CallbackInfo& info, size_t i, const char* name) {
  return std::as_bytes(Argument(info, i, name).array<uint8_t>());
}

WordList wordsAt(const Napi::CallbackInfo& info, size_t i, const char* bytes, const char* offsets) {
  return {bytesAt(info, i, bytes), Argument(info, i + 1, offsets).array<uint32_t>(Count::atLeast(1))};
}

/// The arguments `records: Uint8Array, present: BigUint64Array | undefined, rows, hashes: Float64Array | undefined`.
WordRecords recordsOf(const Napi::CallbackInfo& info) {
  const size_t rows = Argument(info, 2, "rows").wholeNumber(UINT32_MAX);
  const auto records = Argument(info, 0, "records").array<uint8_t>(Count::atLeast(rows * WordRecords::kBytes));
  WordRecords result{std::as_bytes(records.first(rows * WordRecords::kBytes)), {}, {}};
  if (const Argument present(info, 1, "present"); present.isGiven())
    result.present = present.array<uint64_t>(Count::atLeast((rows + 63) / 64));
  if (const Argument hashes(info, 3, "hashes"); hashes.isGiven())
    result.hashes = hashes.array<double>(Count::atLeast(rows));
  return result;
}

}  // namespace

Napi::Function DictionaryBinding::define(Napi::Env env) {
  return defineClass(
      env, {method<&DictionaryBinding::Add>("add"), method<&DictionaryBinding::Encode>("encode"),
            method<&DictionaryBinding::FindLong>("findLong"),
            method<&DictionaryBinding::EncodeRecords>("encodeRecords"), method<&DictionaryBinding::Size>("size"),
            method<&DictionaryBinding::Bytes>("bytes"), method<&DictionaryBinding::Words>("words")});
}

/// Reports memory that the words have taken since the last report to the garbage collector.
void DictionaryBinding::report() {
  memory_.copied(words_.bytes() - reported_);
  reported_ = words_.bytes();
}

// add(word: Uint8Array): its code
uint32_t DictionaryBinding::Add(const Napi::CallbackInfo& info) {
  const uint32_t code = words_.add(bytesAt(info, 0, "word"));
  report();
  return code;
}

// encode(bytes: Uint8Array, offsets: Uint32Array, codes: Uint32Array)
void DictionaryBinding::Encode(const Napi::CallbackInfo& info) {
  const WordList words = wordsAt(info, 0, "bytes", "offsets");
  const auto codes = Argument(info, 2, "codes").array<uint32_t>(Count::exactly(words.size()));
  words_.encode(words, codes.data());
  report();
}

// findLong(records, present, rows, hashes, found: Uint32Array): how many rows have words that must be passed to
// encodeRecords. Their numbers are written to `found`.
size_t DictionaryBinding::FindLong(const Napi::CallbackInfo& info) {
  const WordRecords records = recordsOf(info);
  const auto found = Argument(info, 4, "found").array<uint32_t>(Count::atLeast(records.rows()));
  const size_t count = words_.findLong(records, found.data());
  report();
  return count;
}

// encodeRecords(records, present, rows, hashes, longBytes: Uint8Array, longOffsets: Uint32Array, codes: Uint32Array)
void DictionaryBinding::EncodeRecords(const Napi::CallbackInfo& info) {
  const WordRecords records = recordsOf(info);
  const WordList longWords = wordsAt(info, 4, "longBytes", "longOffsets");
  const auto codes = Argument(info, 6, "codes").array<uint32_t>(Count::atLeast(records.rows()));
  words_.encode(records, longWords, codes.data());
  report();
}

// words(from, to): { bytes: Uint8Array, offsets: Uint32Array }
Napi::Value DictionaryBinding::Words(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t from = Argument(info, 0, "from").wholeNumber(words_.size());
  const size_t to = Argument(info, 1, "to").wholeNumber(words_.size());
  if (to < from) throw Error("ERR_OUT_OF_RANGE", "to is " + std::to_string(to) + ", below from");
  size_t bytes = 0;
  for (size_t i = from; i < to; ++i) bytes += words_.word(static_cast<uint32_t>(i)).size();
  if (bytes > UINT32_MAX) throw Error("ERR_OUT_OF_RANGE", "the words have more than 2^32 - 1 bytes");
  auto contents = newArray<Napi::Uint8Array>(env, bytes);
  auto offsets = newArray<Napi::Uint32Array>(env, to - from + 1);
  uint32_t at = 0;
  for (size_t i = from; i < to; ++i) {
    const auto word = words_.word(static_cast<uint32_t>(i));
    offsets[i - from] = at;
    std::copy(word.begin(), word.end(), reinterpret_cast<std::byte*>(contents.Data()) + at);
    at += static_cast<uint32_t>(word.size());
  }
  offsets[to - from] = at;
  return objectOf(env, "bytes", contents, "offsets", offsets);
}

}  // namespace glissade
