"""The lake: one Parquet file per source and window, a pure function of the store."""

from resources.stores.lake.lake import Lake
from resources.stores.lake.report import LakeFault, LakeFile

__all__ = ["Lake", "LakeFault", "LakeFile"]
