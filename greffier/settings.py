"""Settings, all in one place: environment variables that begin with ``GREFFIER_``."""

from __future__ import annotations

import os
from functools import cached_property
from pathlib import Path

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


def state_file(home: Path) -> Path:
    """Where the running services of ``home`` write the addresses the other commands need."""
    return home / "greffier.env"


class Settings(BaseSettings):
    """What may differ from one office to the next. Each field is ``GREFFIER_<NAME>``."""

    model_config = SettingsConfigDict(env_prefix="GREFFIER_", frozen=True, extra="ignore")

    home: Path = Field(Path("var"), description="Where a single machine keeps its state.")
    language: str = Field("fr", description="fr or en: what people see.")
    database_url: str | None = Field(
        None, description="SQLAlchemy URL; SQLite in GREFFIER_HOME by default."
    )
    packs: Path | None = Field(None, description="A further folder of form packs.")
    lookups: Path | None = Field(None, description="Registers: one <lookup>.csv each.")
    patterns: Path | None = Field(
        None, description="A further file of spaCy's patterns for letters (JSONL)."
    )

    s3_endpoint: str = Field("127.0.0.1:9000", description="host:port of the object store.")
    s3_secure: bool = Field(False, description="TLS to the object store.")
    s3_access_key: str = Field("greffier", description="Access key of the object store.")
    s3_secret_key: SecretStr = Field(SecretStr(""), description="Secret key of the object store.")
    s3_bucket: str = Field("greffier", description="Bucket; versions and locks are turned on.")

    s3_lock_days: int = Field(
        30, ge=1, description="Days a new object is locked; prolonged as retention rules demand."
    )

    prefect_api_url: str | None = Field(None, description="Address of the Prefect server's API.")
    targets: dict[str, str] = Field(
        default_factory=dict, description='Addresses of the targets, as JSON {"ramq": "http://…"}.'
    )
    visibility_delays: dict[str, float] = Field(
        default_factory=dict,
        description="Seconds a target may take to show a save, where its bot says less, as JSON.",
    )
    target_user: str = Field("", description="User name of the bots on the targets.")
    target_password: SecretStr = Field(SecretStr(""), description="Password of the bots.")
    chromium: Path = Field(
        Path("/usr/bin/chromium-headless-shell"), description="The browser the bots drive."
    )

    readers: int = Field(
        default_factory=lambda: os.cpu_count() or 1,
        ge=1,
        description="Documents read at the same time, one process each.",
    )
    read_seconds: int = Field(180, ge=1, description="Longest reading of one file, in seconds.")
    read_memory_mb: int = Field(4096, ge=512, description="Address space of one reading, in MiB.")
    read_pages: int = Field(1000, ge=1, description="Most pages of one file.")

    @classmethod
    def load(cls, home: Path | None = None) -> Settings:
        """Settings from the environment, then from what ``greffier up`` wrote in ``home``."""
        home = home or Path(os.environ.get("GREFFIER_HOME", "var"))
        return cls(home=home.absolute(), _env_file=state_file(home))

    @cached_property
    def database(self) -> str:
        """The database's SQLAlchemy URL."""
        return self.database_url or f"sqlite:///{self.home.absolute() / 'greffier.db'}"
