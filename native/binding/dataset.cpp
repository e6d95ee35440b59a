#include "dataset.h"

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>
#include <vector>

#include "addon.h"
#include "arguments.h"
#include "data/strata.h"
#include "sparse.h"

namespace glissade {

Napi::Function DatasetBinding::define(Napi::Env env) {
  return DefineClass(
      env, "Dataset",
      {InstanceMethod("select", &DatasetBinding::Select), InstanceMethod("dispose", &DatasetBinding::Dispose),
       InstanceMethod("rows", &DatasetBinding::Rows), InstanceMethod("holdOut", &DatasetBinding::HoldOut)});
}

// new Dataset({ blocks, targets?, targetColumns, targetsInPlace, weights? }), or new Dataset() for `select` to fill.
DatasetBinding::DatasetBinding(const Napi::CallbackInfo& info)
    : Napi::ObjectWrap<DatasetBinding>(info), env_(info.Env()) {
  if (info.Length() == 0) return;
  guarded(env_, [&] {
    const auto options = info[0].As<Napi::Object>();
    holdings_ = std::make_shared<Holdings>(env_);
    Dataset data;
    const auto blocks = options.Get("blocks").As<Napi::Array>();
    for (uint32_t i = 0; i < blocks.Length(); ++i) {
      data.inputs.push_back(block(blocks.Get(i).As<Napi::Object>()));
      if (data.inputs[i].rows() != data.rows()) throw Error("ERR_SHAPE", "blocks have different numbers of rows");
    }
    if (!options.Get("targets").IsUndefined())
      data.targets = table(options.Get("targets"), "targets",
                           static_cast<size_t>(options.Get("targetColumns").ToNumber().Int64Value()), 1,
                           options.Get("targetsInPlace").ToBoolean());
    if (data.targets && data.targets->rows != data.rows())
      throw Error("ERR_SHAPE", "targets and inputs have different numbers of rows");
    if (!options.Get("weights").IsUndefined()) {
      data.weights = table(options.Get("weights"), "weights", 1, 1, false);
      if (data.weights->rows != data.rows())
        throw Error("ERR_SHAPE", "weights and inputs have different numbers of rows");
    }
    data_ = std::move(data);
  });
}

// { kind: 'dense', name, values, columns, scale, inPlace }, { kind: 'categorical', name, codes: Uint32Array,
// cardinalities: Uint32Array } or { kind: 'sparse', name, table: SparseTable }
InputBlock DatasetBinding::block(Napi::Object description) {
  const std::string kind = description.Get("kind").ToString(), name = description.Get("name").ToString();
  if (kind == "sparse") {
    const SparseTableBinding& sparse = SparseTableBinding::from(description.Get("table"));
    holdings_->share(sparse.holdings());
    return {sparse.table(), name};
  }
  if (kind == "categorical") {
    const auto numbers = [&](const char* key) {
      const Borrowed array = borrow(env_, description.Get(key), name);
      if (array.type != napi_uint32_array) throw Error("ERR_INVALID_ARGUMENT", name + " is no Uint32Array");
      return std::vector<uint32_t>(array.as<uint32_t>(), array.as<uint32_t>() + array.length);
    };
    auto codes = std::make_shared<const CodeTable>(numbers("codes"), numbers("cardinalities"));
    if (codes->rows() > UINT32_MAX) throw Error("ERR_OUT_OF_RANGE", name + " has more than 2^32 - 1 rows");
    holdings_->copied(codes->bytes());
    return {std::move(codes), name};
  }
  auto dense =
      table(description.Get("values"), name, static_cast<size_t>(description.Get("columns").ToNumber().Int64Value()),
            description.Get("scale").ToNumber().DoubleValue(), description.Get("inPlace").ToBoolean());
  // Numbers in shared memory may change: what they are is seen when they are used.
  if (!std::isfinite(dense->largest) && !description.Get("inPlace").ToBoolean())
    if (const auto found = nonFiniteIn(*dense)) throw nonFiniteError(name, *found);
  return {std::move(dense), name};
}

std::shared_ptr<const Table> DatasetBinding::table(Napi::Value values, const std::string& name, size_t columns,
                                                   double scale, bool inPlace) {
  const Borrowed array = borrow(env_, values, name);
  const Format format = formatOf(array, name);
  const size_t rows = array.length / columns;
  if (rows > UINT32_MAX) throw Error("ERR_OUT_OF_RANGE", name + " has more than 2^32 - 1 rows");
  if (inPlace) {
    holdings_->keep(values.As<Napi::Object>());
    return std::make_shared<Table>(
        Table{format, rows, columns, scale, std::shared_ptr<const void>(std::shared_ptr<void>(), array.data)});
  }
  auto copy = std::make_shared<Table>(copyTable(format, array.data, rows, columns, scale));
  holdings_->copied(copy->bytes());
  return copy;
}

const Dataset& DatasetBinding::data() const {
  if (data_.inputs.empty()) throw Error("ERR_DISPOSED", "the dataset has been disposed");
  return data_;
}

// select(rows: Uint32Array): a dataset of those rows, over the same memory.
Napi::Value DatasetBinding::Select(const Napi::CallbackInfo& info) {
  return guarded(env_, [&] {
    const Borrowed rows = borrow(env_, info[0], "rows");
    const Napi::Object other = Addon::of(env_).dataset.New({});
    DatasetBinding& binding = from(other);
    binding.data_ = data().select({rows.as<uint32_t>(), rows.as<uint32_t>() + rows.length});
    binding.holdings_ = holdings_;
    return other;
  });
}

// holdOut(count, seed): a Uint32Array of rows, drawn by class
Napi::Value DatasetBinding::HoldOut(const Napi::CallbackInfo& info) {
  return guarded(env_, [&] {
    const auto count = static_cast<size_t>(info[0].ToNumber().Int64Value());
    const auto seed = static_cast<uint64_t>(info[1].ToNumber().Int64Value());
    const auto rows = drawStratified(strataOf(data()), count, Random(seed, Draw::split, 0));
    auto result = Napi::Uint32Array::New(env_, rows.size());
    std::copy(rows.begin(), rows.end(), result.Data());
    return result;
  });
}

Napi::Value DatasetBinding::Rows(const Napi::CallbackInfo&) {
  return guarded(env_, [&] { return Napi::Number::New(env_, static_cast<double>(data().rows())); });
}

Napi::Value DatasetBinding::Dispose(const Napi::CallbackInfo&) {
  data_ = {};
  holdings_.reset();
  return env_.Undefined();
}

}  // namespace glissade
