#include "data/dictionary.h"

#include <doctest/doctest.h>

#include <algorithm>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "data/random.h"
#include "error.h"

namespace glissade {
namespace {

using Bytes = std::span<const std::byte>;

Bytes bytesOf(const std::string& word) { return std::as_bytes(std::span(word)); }
std::string textOf(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

/// Codes in order of first occurrence, by a map.
class Reference {
 public:
  uint32_t add(const std::string& word) {
    return codes_.try_emplace(word, static_cast<uint32_t>(codes_.size())).first->second;
  }
  const std::map<std::string, uint32_t>& codes() const { return codes_; }

 private:
  std::map<std::string, uint32_t> codes_;
};

void checkWords(const Dictionary& dictionary, const Reference& reference) {
  REQUIRE(dictionary.size() == reference.codes().size());
  for (const auto& [word, code] : reference.codes()) REQUIRE(textOf(dictionary.word(code)) == word);
}

/// A column of words in both forms. Records contain other bytes wherever a reader must not read.
struct Column {
  std::string bytes, longBytes;
  std::vector<uint32_t> offsets{0}, longOffsets{0};
  std::string records;
  std::vector<uint64_t> present;
  std::vector<double> hashes;
  size_t rows = 0;

  void push(const std::string& word, bool isPresent = true) {
    bytes += word;
    offsets.push_back(static_cast<uint32_t>(bytes.size()));
    const auto length = static_cast<uint32_t>(word.size());
    std::string record(reinterpret_cast<const char*>(&length), sizeof length);
    record += word.size() <= 12 ? word : word.substr(0, 4);
    record.resize(16, static_cast<char>(0x55 + rows));
    records += record;
    if (rows % 64 == 0) present.push_back(0);
    present.back() |= uint64_t{isPresent} << rows % 64;
    hashes.push_back(static_cast<double>(std::hash<std::string>()(word) >> 11));
    ++rows;
    if (word.size() <= 12 || !isPresent) return;
    longBytes += word;
    longOffsets.push_back(static_cast<uint32_t>(longBytes.size()));
  }

  WordList words() const { return {bytesOf(bytes), offsets}; }
  WordList longWords() const { return {bytesOf(longBytes), longOffsets}; }
  WordRecords rowsOf() const { return {bytesOf(records), present, {}}; }
  WordRecords hashedRows() const { return {bytesOf(records), present, hashes}; }

  /// Encodes the rows like a reader of DuckDB. Returns how many words were requested.
  size_t encode(Dictionary& dictionary, std::vector<uint32_t>& codes) const {
    std::vector<uint32_t> found(rows);
    found.resize(dictionary.findLong(hashedRows(), found.data()));
    std::string asked;
    std::vector<uint32_t> ends{0};
    for (const uint32_t row : found) {
      asked += textOf(words().word(row));
      ends.push_back(static_cast<uint32_t>(asked.size()));
    }
    dictionary.encode(hashedRows(), {bytesOf(asked), ends}, codes.data());
    return found.size();
  }
};

std::string randomWord(Random& random) {
  // Few letters, so that words of up to three letters recur; zeros, and bytes of UTF-8.
  static const std::string kLetters("ab\0\xc3\xa4", 5);
  std::string word(random.below(4) == 0 ? random.below(40) : random.below(4), '\0');
  for (char& letter : word) letter = kLetters[random.below(5)];
  return word;
}

std::string failureOf(const auto& work) {
  try {
    work();
  } catch (const Error& error) {
    return std::string(error.code()) + ": " + error.what();
  }
  return "none";
}

TEST_SUITE_BEGIN("data");

TEST_CASE("codes of random words are those of a map, in any order of calls") {
  Random random(1, Draw::order, 0);
  Reference reference;
  Column column;
  std::vector<uint32_t> expected;
  for (size_t i = 0; i < 20000; ++i) {
    const std::string word = randomWord(random);
    column.push(word);
    expected.push_back(reference.add(word));
  }
  std::vector<uint32_t> codes(column.rows);

  Dictionary one;
  for (size_t i = 0; i < column.rows; ++i) codes[i] = one.add(column.words().word(i));
  CHECK(codes == expected);
  checkWords(one, reference);

  Dictionary listed;
  listed.encode(column.words(), codes.data());
  CHECK(codes == expected);
  checkWords(listed, reference);

  Dictionary recorded;
  recorded.encode(column.rowsOf(), column.longWords(), codes.data());
  CHECK(codes == expected);
  checkWords(recorded, reference);
  recorded.encode(column.rowsOf(), column.longWords(), codes.data());  // no new words
  CHECK(codes == expected);
  CHECK(recorded.size() == reference.codes().size());

  Dictionary hashed;
  const auto isLong = [](const auto& word) { return word.first.size() > WordRecords::kLongest; };
  CHECK(column.encode(hashed, codes) == std::ranges::count_if(reference.codes(), isLong));
  CHECK(codes == expected);
  checkWords(hashed, reference);
  CHECK(column.encode(hashed, codes) == 0);
  CHECK(codes == expected);
}

TEST_CASE("long words with equal hashes are distinguished by their length and their first four bytes") {
  Column column;
  for (const char* word : {"a word of one hash", "a word of one hash!", "another word here.", "a word of one hash"})
    column.push(word);
  column.hashes.assign(column.rows, 7.0);
  Dictionary dictionary;
  std::vector<uint32_t> codes(column.rows);
  CHECK(column.encode(dictionary, codes) == 3);
  CHECK(codes == std::vector<uint32_t>{0, 1, 2, 0});
}

TEST_CASE("two hundred thousand words keep their codes while the table grows") {
  Dictionary dictionary;
  Reference reference;
  const size_t before = dictionary.bytes();
  for (size_t i = 0; i < 200000; ++i) {
    const std::string word = i % 3 == 0 ? "a word of many letters " + std::to_string(i) : std::to_string(i);
    REQUIRE(dictionary.add(bytesOf(word)) == reference.add(word));
  }
  checkWords(dictionary, reference);
  for (const auto& [word, code] : reference.codes()) REQUIRE(dictionary.add(bytesOf(word)) == code);
  CHECK(dictionary.bytes() > before + 200000 * 24);
}

TEST_CASE("words differ by any byte, and by their length alone") {
  Dictionary dictionary;
  Reference reference;
  for (size_t length = 0; length < 40; ++length) {
    const std::string zeros(length, '\0');
    CHECK(dictionary.add(bytesOf(zeros)) == reference.add(zeros));
    for (size_t i = 0; i < length; ++i) {
      std::string word = zeros;
      word[i] = 1;
      CHECK(dictionary.add(bytesOf(word)) == reference.add(word));
    }
  }
  checkWords(dictionary, reference);
}

TEST_CASE("words with hashes that agree in all compared bits are distinguished") {
  // Found by search: these agree in the lower 32 bits of the hash and in the upper eight, which choose the slot.
  for (const auto& [one, other] :
       {std::pair("883985", "1028540"), std::pair("497526", "1235002"),
        std::pair("a word of 10803113", "a word of 11686591"), std::pair("a word of 11765994", "a word of 12107958")}) {
    Dictionary dictionary;
    CHECK(dictionary.add(bytesOf(one)) == 0);
    CHECK(dictionary.add(bytesOf(other)) == 1);
    CHECK(dictionary.add(bytesOf(one)) == 0);
  }
}

TEST_CASE("rows without a word are missing, whatever their records contain") {
  Column column;
  for (size_t i = 0; i < 200; ++i) column.push(i % 7 == 0 ? "a word of many letters" : "short", i % 3 != 0);
  Dictionary dictionary;
  std::vector<uint32_t> codes(column.rows);
  dictionary.encode(column.rowsOf(), column.longWords(), codes.data());
  for (size_t i = 0; i < column.rows; ++i) {
    CAPTURE(i);
    const bool isFirst = i % 7 != 0;  // row 1 has the first word of the column
    CHECK(codes[i] == (i % 3 == 0 ? Dictionary::kMissing : isFirst ? 0 : 1));
  }
}

TEST_CASE("columns that contradict themselves are refused") {
  Column column;
  column.push("a word of many letters");
  column.push("short");
  std::vector<uint32_t> codes(2);
  const auto encode = [&](const WordList& longWords) {
    return failureOf([&] { Dictionary().encode(column.rowsOf(), longWords, codes.data()); });
  };
  CHECK(encode(column.longWords()) == "none");
  const std::vector<uint32_t> none{0}, two{0, 3, 5}, beyond{0, 23}, falling{4, 3};
  CHECK(encode({bytesOf(column.longBytes), none}) == "ERR_SHAPE: 0 long words were given, but the rows have more");
  CHECK(encode({bytesOf(column.longBytes), two}) == "ERR_SHAPE: 2 long words were given, but the rows have fewer");
  for (const auto& offsets : {beyond, falling})
    CHECK(encode({bytesOf(column.longBytes), offsets}) ==
          "ERR_SHAPE: the offsets of word 0 do not ascend within the 22 bytes");

  Dictionary dictionary;  // a word that was requested but not given is still missing
  uint32_t found[2];
  CHECK(dictionary.findLong(column.hashedRows(), found) == 1);
  CHECK(failureOf([&] {
          dictionary.encode(column.hashedRows(), {{}, none}, codes.data());
        }) == "ERR_SHAPE: 0 long words were given, but the rows have more");
  dictionary.encode(column.hashedRows(), column.longWords(), codes.data());
  CHECK(failureOf([&] { dictionary.encode(column.hashedRows(), column.longWords(), codes.data()); }) ==
        "ERR_SHAPE: 1 long words were given, but the rows have fewer");
}

TEST_CASE("words beyond the limit are refused, and known ones keep their codes") {
  Dictionary dictionary(3);
  for (const char* word : {"a", "b", "a longer word than twelve"}) dictionary.add(bytesOf(word));
  for (const char* word : {"c", "another long word"})
    CHECK(failureOf([&] { dictionary.add(bytesOf(word)); }) ==
          "ERR_OUT_OF_RANGE: there are more than 3 different words");
  CHECK(failureOf([&] {
          dictionary.add({bytesOf("b").data(), size_t{1} << 32});
        }) == "ERR_OUT_OF_RANGE: a word has more than 2^32 - 1 bytes");
  CHECK(dictionary.add(bytesOf("b")) == 1);
  CHECK(dictionary.size() == 3);
}

TEST_SUITE_END();

}  // namespace
}  // namespace glissade
