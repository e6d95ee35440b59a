#include "sparse.h"

#include <string>

#include "addon.h"
#include "arguments.h"

namespace glissade {

Napi::Function SparseBuilderBinding::define(Napi::Env env) {
  return defineClass(env,
                     {method<&SparseBuilderBinding::Append>("append"), method<&SparseBuilderBinding::Build>("build")});
}

// new SparseBuilder(columns)
SparseBuilderBinding::SparseBuilderBinding(const Napi::CallbackInfo& info) : Handle(info) {
  guarded(info.Env(), [&] { builder_.emplace(Argument(info, 0, "columns").wholeNumber(kMostColumns)); });
}

// append(offsets: Float64Array, rows, indices: Uint32Array, values: Float32Array | Float64Array | undefined): the
// arrays may be longer than the rows need.
void SparseBuilderBinding::Append(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t rows = Argument(info, 1, "rows").wholeNumber(UINT32_MAX);
  const auto offsets = Argument(info, 0, "offsets").array<double>(Count::atLeast(rows + 1));
  const auto indices = Argument(info, 2, "indices").array<uint32_t>();
  const auto append = [&]<typename Value>(const Value* values) {
    builder_->append(offsets.data(), rows, indices.data(), values, indices.size());
  };
  const Argument given(info, 3, "values");
  if (!given.isGiven()) {
    append(static_cast<const float*>(nullptr));
  } else {
    const Borrowed values = borrow(env, given.value(), given.name());
    checkCount(values, given.name(), Count::atLeast(indices.size()));
    if (values.type == napi_float32_array) {
      append(values.as<const float>());
    } else {
      checkType(values, given.name(), napi_float64_array);
      append(values.as<const double>());
    }
  }
}

// build(): a SparseTable of the rows so far.
Napi::Value SparseBuilderBinding::Build(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const Napi::Object object = Addon::of(env).sparseTable.New({});
  SparseTableBinding& binding = SparseTableBinding::from({object, "table"});
  binding.table_ = builder_->build();
  binding.memory_ = std::make_shared<BackingMemory>(env);
  binding.memory_->copied(binding.table_->bytes());
  return object;
}

Napi::Function SparseTableBinding::define(Napi::Env env) {
  return defineClass(env, {method<&SparseTableBinding::Rows>("rows"), method<&SparseTableBinding::Columns>("columns"),
                           method<&SparseTableBinding::Entries>("entries"), method<&SparseTableBinding::Row>("row")});
}

const std::shared_ptr<const SparseTable>& SparseTableBinding::table() const {
  if (!table_) throw Error("ERR_INVALID_ARGUMENT", "the table is empty: SparseBuilder.build makes tables");
  return table_;
}

// row(i): { indices: Uint32Array, values: Float32Array }
Napi::Value SparseTableBinding::Row(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  const size_t i = Argument(info, 0, "row").size();
  if (i >= table()->rows) throw Error("ERR_OUT_OF_RANGE", "row " + std::to_string(i) + " is beyond the table");
  const SparseRow row = table()->row(i);
  auto indices = newArray<Napi::Uint32Array>(env, row.count);
  auto values = newArray<Napi::Float32Array>(env, row.count);
  for (size_t k = 0; k < row.count; ++k) {
    indices[k] = row.columns[k];
    values[k] = row.value(k);
  }
  return objectOf(env, "indices", indices, "values", values);
}

}  // namespace glissade
