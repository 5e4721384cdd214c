// Correct transforms of unusual shape, which no clause may accuse.
#pragma once

#include <vector>

#include "properties/subject.h"

namespace weir::properties::innocents {

/// As fwrite: a sink that waits, takes all it is offered, holds bytes back, and tells of an error
/// first at close; a flush that fails says nothing. Below it stands a raw stream.
Subject late_teller();

/// A reader that reads ahead: it meets the end and the failures of the source below early, and
/// tells of them behind the bytes.
Subject prefetcher();

/// A format of members and blocks that goes on into further members.
Subject multi_member();

/// The same for one member: the reader stops behind it, and leaves the source below there.
Subject single_member();

/// The same with a writer that writes nothing before close.
Subject holds_back();

/// Plain bytes with a checksum behind them, which the reader compares when it is closed.
Subject checks_at_close();

/// As fread and fwrite over streams of their kind: a write below that takes a part has failed, a
/// read that gives a part was the last.
Subject trusts_below();

/// The format of one member read through a buffer: what was read ahead stays there, and a failure
/// of the source below that was met behind the end mark is nobody's business.
Subject prefetches_one_member();

/// Plain bytes whose streams allocate nothing: they live in a pool.
Subject allocates_nothing();

/// A writer that throws where it cannot have memory, as if the call had not been made.
Subject throws_cleanly();

/// All of them.
const std::vector<Subject>& all();

}  // namespace weir::properties::innocents
