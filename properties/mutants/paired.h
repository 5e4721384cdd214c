// Mutants of the framed format whose fault takes two layers that know of each other: one above the
// codec and one beneath it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string_view>
#include <utility>

#include "properties/mutants/blocks.h"
#include "properties/mutants/framed.h"

namespace weir::properties::mutant {

/// A correct Framed whose writer stands between an `Above` and a `Below`, which share a `State` for
/// each stream. Both are made from the stream that they wrap and that state.
template <class Above, class Below, class State>
class PairedWriter final : public StreamTransform {
 public:
  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
    auto state = std::make_shared<State>();
    auto sink = framed_.transform_to(std::make_unique<Below>(std::move(output), state));
    if (sink.has_value()) *sink = std::make_unique<Above>(std::move(*sink), std::move(state));
    return sink;
  }
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
    return framed_.transform_from(std::move(input));
  }
  Descriptor descriptor() const override { return framed_.descriptor(); }

 private:
  Framed framed_{Framed::Options{}};
};

/// The same of a reader.
template <class Above, class Below, class State>
class PairedReader final : public StreamTransform {
 public:
  Result<std::unique_ptr<Sink>> transform_to(std::unique_ptr<Sink> output) const override {
    return framed_.transform_to(std::move(output));
  }
  Result<std::unique_ptr<Source>> transform_from(std::unique_ptr<Source> input) const override {
    auto state = std::make_shared<State>();
    auto source = framed_.transform_from(std::make_unique<Below>(std::move(input), state));
    if (source.has_value()) *source = std::make_unique<Above>(std::move(*source), std::move(state));
    return source;
  }
  Descriptor descriptor() const override { return framed_.descriptor(); }

 private:
  Framed framed_{Framed::Options{}};
};

/// The subject "mutant.NAME/1" of such a writer.
template <class Above, class Below, class State>
Subject paired_writer_subject(std::string_view name, std::string_view bug) {
  Recipe recipe;
  recipe.traits = framed_traits(Framed::Options{});
  recipe.make_base = [] { return std::make_unique<PairedWriter<Above, Below, State>>(); };
  return make_subject(name, bug, recipe);
}

/// The subject "mutant.NAME/1" of such a reader.
template <class Above, class Below, class State>
Subject paired_reader_subject(std::string_view name, std::string_view bug) {
  Recipe recipe;
  recipe.traits = framed_traits(Framed::Options{});
  recipe.make_base = [] { return std::make_unique<PairedReader<Above, Below, State>>(); };
  return make_subject(name, bug, recipe);
}

}  // namespace weir::properties::mutant
