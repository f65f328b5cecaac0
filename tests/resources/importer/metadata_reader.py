"""Reads _metadata.json as FlagGems' MetadataManager does (docs/formats.md, "Metadata"): unknown keys
of an entry or of its parts raise, so do unknown words for category and status.

  metadata_reader.py _metadata.json    prints how many operators it read
"""

import json
import sys
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Dict, List, Optional

CATEGORIES = {"pointwise", "reduction", "blas", "custom"}
STATUSES = {"EXPERIMENTAL", "VALIDATED", "GRADUATION_CANDIDATE", "GRADUATED"}


@dataclass
class GenerationInfo:
    generator_tool: str
    generator_version: str
    source_template: Optional[str]
    generation_date: str
    generation_config: Dict[str, Any]


@dataclass
class ValidationInfo:
    accuracy_passed: bool
    test_cases_total: int
    test_cases_passed: int
    last_run: Optional[str]
    coverage: Dict[str, List[Any]]


@dataclass
class PerformanceBaseline:
    device: str
    shape: List[int]
    dtype: str
    speedup: float
    memory_overhead: Optional[float]
    reference_impl: str
    timestamp: str


@dataclass
class CodeLocation:
    file_path: str
    line_start: Optional[int]
    line_end: Optional[int]
    commit_hash: Optional[str]


@dataclass
class OpMetadata:
    op_name: str
    op_id: str
    category: str
    status: str
    generation_info: GenerationInfo
    validation_info: ValidationInfo
    performance_baselines: List[PerformanceBaseline]
    code_location: CodeLocation
    hardware_support: Dict[str, Any]
    graduation_tracking: Dict[str, Any]
    created_at: str
    updated_at: str

    @classmethod
    def from_dict(cls, data):
        data = dict(data)
        data["generation_info"] = GenerationInfo(**data["generation_info"])
        data["validation_info"] = ValidationInfo(**data["validation_info"])
        data["code_location"] = CodeLocation(**data["code_location"])
        data["performance_baselines"] = [
            PerformanceBaseline(**b) for b in data["performance_baselines"]
        ]
        return cls(**data)


def kinds(value, *types):
    if not isinstance(value, types) or (isinstance(value, bool) and bool not in types):
        raise TypeError(f"{value!r} is none of {types}")


def check(op):
    """Types and words, which the dataclasses do not check."""
    assert op.category in CATEGORIES and op.status in STATUSES, op
    kinds(op.generation_info.generation_config, dict)
    kinds(op.validation_info.accuracy_passed, bool)
    kinds(op.validation_info.test_cases_total, int)
    kinds(op.validation_info.coverage, dict)
    kinds(op.hardware_support, dict)
    kinds(op.graduation_tracking, dict)
    for baseline in op.performance_baselines:
        kinds(baseline.device, str)
        kinds(baseline.speedup, float, int)
        kinds(baseline.reference_impl, str)
    times = [op.created_at, op.updated_at, op.generation_info.generation_date]
    times += [b.timestamp for b in op.performance_baselines]
    for time in times:
        assert datetime.fromisoformat(time).tzinfo is None, time


def read(path):
    with open(path, encoding="utf-8") as file:
        index = json.load(file)
    assert set(index) == {"version", "last_updated", "ops"}, sorted(index)
    ops = {key: OpMetadata.from_dict(entry) for key, entry in index["ops"].items()}
    for key, op in ops.items():
        assert key == op.op_id
        check(op)
    return ops


if __name__ == "__main__":
    print(len(read(sys.argv[1])))
