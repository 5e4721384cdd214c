// Generic mutants: faults that can be put around any correct subject, so that its author sees that
// the contract would notice them on their own transform.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "properties/subject.h"
#include "weir/sink.h"
#include "weir/source.h"

namespace weir::properties {

/// One fault. Each function may be null; those that are not wrap a stream of the subject.
struct GenericFault {
  std::string_view name;  ///< e.g. "reader-seeks-one-off"
  std::string_view bug;   ///< what is wrong, a few words
  Traits needs = 0;       ///< where the subject does not claim these, the fault is none
  std::unique_ptr<Sink> (*above_sink)(std::unique_ptr<Sink>) = nullptr;  ///< what the writer sees
  std::unique_ptr<Sink> (*below_sink)(std::unique_ptr<Sink>) = nullptr;  ///< what the subject sees
  std::unique_ptr<Source> (*above_source)(std::unique_ptr<Source>) = nullptr;
  std::unique_ptr<Source> (*below_source)(std::unique_ptr<Source>) = nullptr;
};

/// All faults: the writer's end first.
std::span<const GenericFault> generic_faults() noexcept;
/// Null when there is none of that name.
const GenericFault* find_generic_fault(std::string_view name) noexcept;

/// Why `fault` would be no fault in `subject`, as a sentence; empty when it would be one.
std::string why_not(const GenericFault& fault, const Subject& subject);

/// `subject` with the fault in all its streams. Name, traits and descriptors are those of the
/// subject, which nothing but its streams may give away. Precondition: the fault applies.
Subject with_fault(const Subject& subject, const GenericFault& fault);

}  // namespace weir::properties
