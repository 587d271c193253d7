"""Exports of a workspace, read without a token: zips as they come, or unpacked into a folder."""
