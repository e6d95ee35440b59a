#include "sparse.h"

#include <string>

#include "addon.h"
#include "arguments.h"

namespace glissade {

Napi::Function SparseBuilderBinding::define(Napi::Env env) {
  return DefineClass(
      env, "SparseBuilder",
      {InstanceMethod("append", &SparseBuilderBinding::Append), InstanceMethod("build", &SparseBuilderBinding::Build)});
}

// new SparseBuilder(columns)
SparseBuilderBinding::SparseBuilderBinding(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<SparseBuilderBinding>(info), builder_(static_cast<size_t>(info[0].ToNumber().Int64Value())) {}

// append(offsets: Float64Array, rows, indices: Uint32Array, values: Float32Array | Float64Array | undefined): the
// arrays may be longer than the rows need.
Napi::Value SparseBuilderBinding::Append(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&] {
    const Borrowed offsets = borrow(env, info[0], "offsets"), indices = borrow(env, info[2], "indices");
    const auto rows = static_cast<size_t>(info[1].ToNumber().Int64Value());
    if (offsets.type != napi_float64_array || indices.type != napi_uint32_array || offsets.length < rows + 1)
      throw Error("ERR_INVALID_ARGUMENT", "the offsets or indices do not fit");
    const auto append = [&]<typename Value>(const Value* values) {
      builder_.append(offsets.as<const double>(), rows, indices.as<const uint32_t>(), values, indices.length);
    };
    if (info[3].IsUndefined()) {
      append(static_cast<const float*>(nullptr));
      return env.Undefined();
    }
    const Borrowed values = borrow(env, info[3], "values");
    if (values.length < indices.length) throw Error("ERR_SHAPE", "there are fewer values than indices");
    if (values.type == napi_float32_array)
      append(values.as<const float>());
    else if (values.type == napi_float64_array)
      append(values.as<const double>());
    else
      throw Error("ERR_INVALID_ARGUMENT", "the values are no floats");
    return env.Undefined();
  });
}

// build(): a SparseTable of the rows so far.
Napi::Value SparseBuilderBinding::Build(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const Napi::Object object = Addon::of(env).sparseTable.New({});
    SparseTableBinding& binding = SparseTableBinding::from(object);
    binding.table_ = builder_.build();
    binding.holdings_ = std::make_shared<Holdings>(env);
    binding.holdings_->copied(binding.table_->bytes());
    return object;
  });
}

Napi::Function SparseTableBinding::define(Napi::Env env) {
  return DefineClass(
      env, "SparseTable",
      {InstanceMethod("rows", &SparseTableBinding::Rows), InstanceMethod("columns", &SparseTableBinding::Columns),
       InstanceMethod("entries", &SparseTableBinding::Entries), InstanceMethod("row", &SparseTableBinding::Row)});
}

Napi::Value SparseTableBinding::Rows(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(table_->rows));
}

Napi::Value SparseTableBinding::Columns(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(table_->columns));
}

Napi::Value SparseTableBinding::Entries(const Napi::CallbackInfo& info) {
  return Napi::Number::New(info.Env(), static_cast<double>(table_->entries()));
}

// row(i): { indices: Uint32Array, values: Float32Array }
Napi::Value SparseTableBinding::Row(const Napi::CallbackInfo& info) {
  const Napi::Env env = info.Env();
  return guarded(env, [&]() -> Napi::Value {
    const auto i = static_cast<size_t>(info[0].ToNumber().Int64Value());
    if (i >= table_->rows) throw Error("ERR_OUT_OF_RANGE", "row " + std::to_string(i) + " is beyond the table");
    const SparseRow row = table_->row(i);
    auto indices = Napi::Uint32Array::New(env, row.count);
    auto values = Napi::Float32Array::New(env, row.count);
    for (size_t k = 0; k < row.count; ++k) {
      indices[k] = row.columns[k];
      values[k] = row.value(k);
    }
    auto result = Napi::Object::New(env);
    result.Set("indices", indices);
    result.Set("values", values);
    return result;
  });
}

}  // namespace glissade
