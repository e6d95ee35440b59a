// Columns of words: any offsets, records and signs give the codes of a plain map, or are refused.
#include "data/dictionary.h"

#include <cstring>
#include <map>
#include <string>
#include <vector>

#include "error.h"
#include "input.h"

namespace glissade {
namespace {

using Codes = std::map<std::string, uint32_t>;

uint32_t codeIn(Codes& codes, const std::string& word) {
  return codes.try_emplace(word, static_cast<uint32_t>(codes.size())).first->second;
}

std::string textOf(std::span<const std::byte> bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

void expect(bool holds) {
  if (!holds) __builtin_trap();
}

/// Words by bytes and offsets of any kind.
void addList(Input& input, Dictionary& words, Codes& expected) {
  const size_t length = input.below(64), count = 1 + input.below(8);
  std::vector<std::byte> bytes;
  for (size_t i = 0; i < length; ++i) bytes.push_back(static_cast<std::byte>(input.next<uint8_t>() & 3));
  std::vector<uint32_t> offsets;
  for (size_t i = 0; i < count; ++i)
    offsets.push_back(input.below(16) ? input.next<uint8_t>() : input.next<uint32_t>());
  if (input.below(2)) std::sort(offsets.begin(), offsets.end());
  std::vector<uint32_t> codes(count - 1);
  const WordList list{bytes, offsets};
  try {
    words.encode(list, codes.data());
    for (size_t i = 0; i < codes.size(); ++i) expect(codes[i] == codeIn(expected, textOf(list.word(i))));
  } catch (const Error&) {
    // Words before the refused one were added.
    for (size_t code = expected.size(); code < words.size(); ++code)
      codeIn(expected, textOf(words.word(static_cast<uint32_t>(code))));
  }
}

/// Words in DuckDB's records.
void addRecords(Input& input, Dictionary& words, Codes& expected) {
  const size_t rows = input.below(80);
  std::vector<std::byte> records(rows * WordRecords::kBytes);
  std::vector<uint64_t> present((rows + 63) / 64);
  for (uint64_t& bits : present) bits = input.next<uint64_t>();
  std::vector<std::string> texts;
  std::vector<double> hashes;
  for (size_t row = 0; row < rows; ++row) {
    std::byte* const record = &records[row * WordRecords::kBytes];
    const auto length = static_cast<uint32_t>(input.below(16) ? input.below(20) : input.next<uint32_t>());
    std::memcpy(record, &length, 4);
    for (size_t i = 4; i < WordRecords::kBytes; ++i) record[i] = static_cast<std::byte>(input.next<uint8_t>() & 3);
    texts.push_back(length <= WordRecords::kLongest ? textOf({record + 4, length}) : std::string());
    hashes.push_back(static_cast<double>(input.below(4)));
  }
  const bool hasHashes = input.below(2) == 1;
  const WordRecords given{records, input.below(2) ? std::span<const uint64_t>(present) : std::span<const uint64_t>(),
                          hasHashes ? std::span<const double>(hashes) : std::span<const double>()};
  std::vector<uint32_t> found(rows), codes(rows);
  const size_t longOnes = words.findLong(given, found.data());
  expect(longOnes <= rows);
  std::vector<std::byte> bytes;
  std::vector<uint32_t> offsets{0};
  const size_t listed = input.below(8) ? longOnes : input.below(9);
  for (size_t i = 0; i < listed; ++i) {
    bytes.insert(bytes.end(), 13 + i % 3, static_cast<std::byte>(i));
    offsets.push_back(static_cast<uint32_t>(bytes.size()));
  }
  try {
    words.encode(given, {bytes, offsets}, codes.data());
    for (size_t row = 0; row < rows; ++row) {
      expect((codes[row] == Dictionary::kMissing) == !given.has(row));
      if (given.has(row) && !given.isLong(row)) expect(textOf(words.word(codes[row])) == texts[row]);
    }
  } catch (const Error&) {
  }
  for (size_t code = expected.size(); code < words.size(); ++code)
    codeIn(expected, textOf(words.word(static_cast<uint32_t>(code))));
  expect(expected.size() == words.size());  // no word has two codes
}

}  // namespace
}  // namespace glissade

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* bytes, size_t size) {
  using namespace glissade;
  Input input(bytes, size);
  Dictionary words(input.below(2) ? Dictionary::kMostWords : 1 + input.below(32));
  Codes expected;
  while (input.size() > 0)
    if (input.below(2)) {
      addList(input, words, expected);
    } else {
      addRecords(input, words, expected);
    }
  for (const auto& [word, code] : expected) expect(textOf(words.word(code)) == word);
  return 0;
}
