#include "dataset.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "addon.h"
#include "arguments.h"
#include "data/file_rows.h"
#include "data/mapped_dataset.h"
#include "data/readahead.h"
#include "data/strata.h"
#include "sparse.h"

namespace glissade {

Napi::Function DatasetBinding::define(Napi::Env env) {
  return defineClass(
      env, {method<&DatasetBinding::Select>("select"), method<&DatasetBinding::Shard>("shard"),
            method<&DatasetBinding::Dispose>("dispose"), method<&DatasetBinding::Rows>("rows"),
            method<&DatasetBinding::HoldOut>("holdOut"), method<&DatasetBinding::Fingerprint>("fingerprint"),
            method<&DatasetBinding::Describe>("describe"), method<&DatasetBinding::FileRows>("fileRows"),
            method<&DatasetBinding::Check>("check"), method<&DatasetBinding::IsReadByBlocks>("isReadByBlocks")});
}

// new Dataset({ blocks, targets?, targetColumns, targetsInPlace, weights? }), or new Dataset() for `select` to fill.
DatasetBinding::DatasetBinding(const Napi::CallbackInfo& info) : Handle(info), env_(info.Env()) {
  guarded(env_, [&] {
    memory_ = std::make_shared<BackingMemory>(env_);
    if (info.Length() == 0) return;
    const Argument options(info, 0, "options");
    Dataset data;
    for (const Argument& description : options["blocks"].items()) {
      data.inputs.push_back(block(description));
      if (data.inputs.back().rows() != data.rows()) throw Error("ERR_SHAPE", "blocks have different numbers of rows");
    }
    if (data.inputs.empty()) throw Error("ERR_SHAPE", "there are no blocks of columns");
    if (const Argument targets = options["targets"]; targets.isGiven())
      data.targets = table(targets, "targets", options["targetColumns"].size(), 1, options["targetsInPlace"].flag());
    if (data.targets && data.targets->rows != data.rows())
      throw Error("ERR_SHAPE", "targets and inputs have different numbers of rows");
    if (const Argument weights = options["weights"]; weights.isGiven()) {
      data.weights = table(weights, "weights", 1, 1, false);
      if (data.weights->rows != data.rows())
        throw Error("ERR_SHAPE", "weights and inputs have different numbers of rows");
    }
    data_ = std::move(data);
  });
}

// { kind: 'dense', name, values, columns, scale, inPlace }, { kind: 'categorical', name, codes: Uint32Array,
// cardinalities: Uint32Array } or { kind: 'sparse', name, table: SparseTable }
InputBlock DatasetBinding::block(const Argument& description) {
  const auto kind = description["kind"].word(kBlockKinds);
  const std::string name = description["name"].text();
  if (kind == InputBlock::Kind::sparse) {
    const SparseTableBinding& sparse = SparseTableBinding::from(description["table"]);
    InputBlock block{sparse.table(), name};
    memory_->keep(sparse.memory());
    return block;
  }
  if (kind == InputBlock::Kind::categorical) {
    const auto numbers = [&](const char* key) {
      return copyOf(borrow<uint32_t>(env_, description[key].value(), name));
    };
    std::vector<uint32_t> values = numbers("codes"), cardinalities = numbers("cardinalities");
    if (cardinalities.empty() || values.size() % cardinalities.size() != 0)
      throw Error("ERR_SHAPE", name + " has " + std::to_string(values.size()) + " categories for " +
                                   std::to_string(cardinalities.size()) + " columns");
    auto codes = std::make_shared<const CodeTable>(std::move(values), std::move(cardinalities));
    if (codes->rows() > UINT32_MAX) throw Error("ERR_OUT_OF_RANGE", name + " has more than 2^32 - 1 rows");
    memory_->copied(codes->bytes());
    return {std::move(codes), name};
  }
  const bool inPlace = description["inPlace"].flag();
  auto dense =
      table(description["values"], name, description["columns"].size(), description["scale"].number(), inPlace);
  // Numbers in shared memory may change, so they are checked when they are used.
  if (!std::isfinite(dense->largest) && !inPlace)
    if (const auto found = nonFiniteIn(*dense)) throw nonFiniteError(name, *found);
  return {std::move(dense), name};
}

std::shared_ptr<const Table> DatasetBinding::table(const Argument& values, const std::string& name, size_t columns,
                                                   double scale, bool inPlace) {
  const Borrowed array = borrow(env_, values.value(), name);
  const Format format = formatOf(array, name);
  checkRows(array, name, columns);
  const size_t rows = array.length / columns;
  if (rows > UINT32_MAX) throw Error("ERR_OUT_OF_RANGE", name + " has more than 2^32 - 1 rows");
  if (inPlace) {
    checkMemory(env_, array, name, Memory::shared);
    memory_->keep(values.object());
    return std::make_shared<Table>(
        Table{format, rows, columns, scale, std::shared_ptr<const void>(std::shared_ptr<void>(), array.data)});
  }
  auto copy = std::make_shared<Table>(copyTable(format, array.data, rows, columns, scale));
  memory_->copied(copy->bytes());
  return copy;
}

void DatasetBinding::take(Dataset data) {
  if (!data.mapping) {  // pages of a file are not memory that the garbage collector could free
    for (const InputBlock& block : data.inputs) memory_->copied(block.bytes());
    for (const auto& table : {data.targets, data.weights})
      if (table) memory_->copied(table->bytes());
  }
  data_ = std::move(data);
}

const Dataset& DatasetBinding::data() const {
  if (data_.inputs.empty()) throw Error("ERR_DISPOSED", "the dataset has been disposed");
  return data_;
}

/// Another dataset over the memory of this one.
Napi::Object DatasetBinding::over(Dataset data) const {
  const Napi::Object other = Addon::of(env_).dataset.New({});
  DatasetBinding& binding = from({other, "dataset"});
  binding.data_ = std::move(data);
  binding.memory_ = memory_;
  return other;
}

// select(rows: Uint32Array): a dataset of those rows, over the same memory.
Napi::Value DatasetBinding::Select(const Napi::CallbackInfo& info) {
  const std::vector<uint32_t> rows = copyOf(Argument(info, 0, "rows").array<uint32_t>());
  const size_t count = data().rows();
  for (const uint32_t row : rows)
    if (row >= count)
      throw Error("ERR_OUT_OF_RANGE",
                  "rows contains " + std::to_string(row) + ", but the dataset has " + std::to_string(count) + " rows");
  return over(data().select(rows));
}

// shard(sizes: number[], rank): this dataset as the shard of a rank, over the same memory; sizes are those of all ranks
Napi::Value DatasetBinding::Shard(const Napi::CallbackInfo& info) {
  Shards shards;
  for (const Argument& size : Argument(info, 0, "sizes").items()) shards.sizes.push_back(size.wholeNumber());
  shards.rank = Argument(info, 1, "rank").size();
  if (shards.rank >= shards.sizes.size()) throw Error("ERR_OUT_OF_RANGE", "rank is not below the number of sizes");
  if (shards.sizes[shards.rank] != data().rows())
    throw Error("ERR_SHAPE", "the size of this shard differs from its number of rows");
  Dataset shard = data();
  shard.shards = std::make_shared<const Shards>(std::move(shards));
  return over(std::move(shard));
}

// holdOut(count, seed): a Uint32Array of rows, drawn by class
Napi::Value DatasetBinding::HoldOut(const Napi::CallbackInfo& info) {
  const size_t count = Argument(info, 0, "count").wholeNumber(data().rows());
  const uint64_t seed = Argument(info, 1, "seed").wholeNumber();
  const auto rows = drawStratified(strataOf(data()), count, Random(seed, Draw::split, 0));
  return newArrayOf<Napi::Uint32Array>(env_, rows);
}

namespace {

constexpr Words<FileArray, 6> kFileArrays = {{"numbers", FileArray::numbers}, {"codes", FileArray::codes},
                                             {"offsets", FileArray::offsets}, {"indices", FileArray::indices},
                                             {"values", FileArray::values},   {"rests", FileArray::rests}};

Napi::Object describe(Napi::Env env, const std::string& name, const Table& table) {
  return objectOf(env, "name", name, "kind", "dense", "columns", table.columns, "type", wordFor(kFormats, table.format),
                  "scale", table.scale, "largest", table.largest);
}

Napi::Object describe(Napi::Env env, const InputBlock& block) {
  if (block.table) return describe(env, block.name, *block.table);
  Napi::Object part = objectOf(env, "name", block.name, "kind", wordFor(kBlockKinds, block.kind), "columns",
                               block.columns(), "largest", block.sparse ? block.sparse->largest : 0);
  if (block.codes) part.Set("cardinalities", newArrayOf<Napi::Uint32Array>(env, block.codes->cardinalities));
  if (block.sparse)
    setProperties(part, "hasValues", block.sparse->values != nullptr, "hasRests", block.sparse->rests != nullptr);
  return part;
}

}  // namespace

// describe(): the parts of the dataset's file: input blocks, then targets and weights, as { name, kind, columns, type?,
// scale?, largest, cardinalities?, hasValues?, hasRests? }
Napi::Value DatasetBinding::Describe(const Napi::CallbackInfo&) {
  const Dataset& data = this->data();
  Napi::Array parts = listOf(env_, data.inputs, [&](const InputBlock& block) { return describe(env_, block); });
  if (data.targets) parts.Set(parts.Length(), describe(env_, "targets", *data.targets));
  if (data.weights) parts.Set(parts.Length(), describe(env_, "weights", *data.weights));
  return parts;
}

// fileRows(part, array, from, to, entriesBefore): bytes of rows in a new Uint8Array. Parts are input blocks, targets,
// weights.
Napi::Value DatasetBinding::FileRows(const Napi::CallbackInfo& info) {
  const size_t part = Argument(info, 0, "part").wholeNumber(data().inputs.size() + 1);
  const FileArray array = Argument(info, 1, "array").word(kFileArrays);
  const size_t begin = Argument(info, 2, "from").wholeNumber(data().rows());
  const size_t end = Argument(info, 3, "to").wholeNumber(data().rows());
  if (end < begin) throw Error("ERR_OUT_OF_RANGE", "to is below from");
  const size_t entriesBefore = Argument(info, 4, "entriesBefore").wholeNumber();
  return newArrayOf<Napi::Uint8Array>(env_, fileRows({data(), part}, array, begin, end, entriesBefore));
}

// check(from, to): checks rows of a mapped dataset.
void DatasetBinding::Check(const Napi::CallbackInfo& info) {
  if (!data().mapping) throw Error("ERR_INVALID_ARGUMENT", "the dataset is not mapped");
  const size_t rows = data().inputs.front().rows();
  const size_t begin = Argument(info, 0, "from").wholeNumber(rows), end = Argument(info, 1, "to").wholeNumber(rows);
  if (end < begin) throw Error("ERR_OUT_OF_RANGE", "to is below from");
  checkMapped(data(), begin, end);
}

// isReadByBlocks(): whether the dataset is mapped and larger than a window of rows
bool DatasetBinding::IsReadByBlocks(const Napi::CallbackInfo&) {
  return data().mapping && data().rows() > Readahead::rowsOfWindow(data());
}

void DatasetBinding::Dispose(const Napi::CallbackInfo&) {
  data_ = {};
  memory_.reset();
}

}  // namespace glissade
