#include "dataset_builder.h"

#include <string>
#include <utility>

#include "addon.h"
#include "arguments.h"
#include "dataset.h"
#include "sparse.h"

namespace glissade {
namespace {

DenseChunk denseChunk(const Argument& values, size_t count) {
  const Borrowed array = borrow(values.env(), values.value(), values.name());
  checkCount(array, values.name(), Count::exactly(count));
  return {formatOf(array, values.name()), array.data};
}

}  // namespace

Napi::Function DatasetBuilderBinding::define(Napi::Env env) {
  return defineClass(env,
                     {method<&DatasetBuilderBinding::Append>("append"), method<&DatasetBuilderBinding::Bytes>("bytes"),
                      method<&DatasetBuilderBinding::Build>("build")});
}

// new DatasetBuilder({ blocks: [{ kind: 'dense', name, columns, scale }, { kind: 'categorical', name, cardinalities:
// Uint32Array }, { kind: 'sparse', name, columns }], targetColumns, hasWeights })
DatasetBuilderBinding::DatasetBuilderBinding(const Napi::CallbackInfo& info) : Handle(info), env_(info.Env()) {
  guarded(info.Env(), [&] {
    const Argument options(info, 0, "options");
    std::vector<DatasetBuilder::Block> blocks;
    for (const Argument& block : options["blocks"].items()) {
      const std::string name = block["name"].text();
      switch (block["kind"].word(kBlockKinds)) {
        case InputBlock::Kind::dense: {
          const size_t columns = block["columns"].wholeNumber(kMostColumns);
          if (columns == 0) throw Error("ERR_SHAPE", name + " has no columns");
          blocks.push_back({name, DenseColumns(name, columns, block["scale"].number())});
          widths_.push_back(columns);
          break;
        }
        case InputBlock::Kind::categorical: {
          auto cardinalities = copyOf(block["cardinalities"].array<uint32_t>(Count::atLeast(1)));
          widths_.push_back(cardinalities.size());
          blocks.push_back({name, CodeColumns(name, std::move(cardinalities))});
          break;
        }
        case InputBlock::Kind::sparse: {
          const size_t columns = block["columns"].wholeNumber(kMostColumns);
          blocks.push_back({name, SparseColumns(columns)});
          widths_.push_back(columns);
          break;
        }
      }
    }
    targetColumns_ = options["targetColumns"].wholeNumber(kMostColumns);
    const auto weights = options["hasWeights"].flag() ? DatasetBuilder::Weights::given : DatasetBuilder::Weights::none;
    builder_.emplace(std::move(blocks), targetColumns_, weights);
  });
}

// append({ blocks: (ArrayBufferView | Uint32Array | SparseTable)[], targets?, weights?: Float64Array }, rows, firstRow)
void DatasetBuilderBinding::Append(const Napi::CallbackInfo& info) {
  const Argument given(info, 0, "rows");
  const std::vector<Argument> blocks = given["blocks"].items();
  const Argument targets = given["targets"], weights = given["weights"];
  DatasetChunk chunk{static_cast<size_t>(Argument(info, 1, "the number of rows").wholeNumber(UINT32_MAX)), {}, {}};
  const size_t firstRow = Argument(info, 2, "firstRow").wholeNumber();
  if (chunk.rows == 0) throw Error("ERR_SHAPE", "there are no rows");
  if (blocks.size() != widths_.size()) throw Error("ERR_SHAPE", "the rows have other blocks than the builder");
  // Nothing from here on runs JavaScript, so borrowed memory stays valid.
  for (size_t i = 0; i < blocks.size(); ++i) {
    const auto& columns = builder_->blocks()[i].columns;
    if (std::holds_alternative<DenseColumns>(columns)) {
      chunk.blocks.emplace_back(denseChunk(blocks[i], chunk.rows * widths_[i]));
    } else if (std::holds_alternative<CodeColumns>(columns)) {
      chunk.blocks.emplace_back(CodeChunk{blocks[i].array<uint32_t>(Count::exactly(chunk.rows * widths_[i])).data()});
    } else {
      chunk.blocks.emplace_back(SparseChunk{SparseTableBinding::from(blocks[i]).table()});
    }
  }
  if (targets.isGiven()) chunk.targets = denseChunk(targets, chunk.rows * targetColumns_);
  if (weights.isGiven()) chunk.weights = weights.array<double>(Count::exactly(chunk.rows)).data();
  builder_->append(chunk, firstRow);
  report();
}

// build(): a Dataset of the rows so far.
Napi::Value DatasetBuilderBinding::Build(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Object object = Addon::of(env).dataset.New({});
  DatasetBinding& dataset = DatasetBinding::from({object, "dataset"});
  dataset.take(builder_->build());  // nothing may fail once the rows have left the builder
  report();
  return object;
}

/// Reports the memory of the rows to the garbage collector.
void DatasetBuilderBinding::report() { memory_.setCopied(builder_->bytes()); }

}  // namespace glissade
