"""Settings from the environment and `.env`, checked at start with one message for all faults.

Each one is documented in `.env.example`; a test holds both together.
"""

from __future__ import annotations

from typing import Annotated, Any

from cryptography.fernet import Fernet
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict


class BadSettings(Exception):
    """All that is wrong with the settings: pairs of the setting's name and a code or message."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__(", ".join(name for name, _ in faults))
        self.faults = faults


class Settings(BaseSettings):
    """What an installation decides. `keys` are Fernet keys, the newest first."""

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", populate_by_name=True)

    database: str = Field("sqlite:///als.db", validation_alias="ALS_DATABASE")
    keys: Annotated[tuple[str, ...], NoDecode] = Field((), validation_alias="ALS_KEY")
    plaintext: bool = Field(False, validation_alias="ALS_PLAINTEXT")
    log: str = Field("info", validation_alias="ALS_LOG")
    host: str = Field("127.0.0.1", validation_alias="HOST")
    port: int = Field(8080, validation_alias="PORT", ge=0, le=65535)

    @field_validator("keys", mode="before")
    @classmethod
    def _split(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(k.strip() for k in value.split(",") if k.strip())

    @field_validator("keys")
    @classmethod
    def _readable(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for key in keys:
            try:
                Fernet(key)
            except ValueError:
                # The key itself must not stand in the message.
                raise ValueError("bad_key") from None
        return keys

    @field_validator("log")
    @classmethod
    def _level(cls, value: str) -> str:
        if value.lower() not in ("debug", "info", "warning", "error"):
            raise ValueError("bad_log_level")
        return value.lower()

    @field_validator("database")
    @classmethod
    def _known(cls, value: str) -> str:
        if not value.startswith(("sqlite://", "postgres://", "postgresql")):
            raise ValueError("bad_database")
        return value


CODES = ("bad_key", "bad_log_level", "bad_database")


def read() -> Settings:
    """Read the settings. Raises BadSettings with everything that is wrong, values left out."""
    try:
        return Settings()
    except ValidationError as error:
        names = {f: str(i.validation_alias) for f, i in Settings.model_fields.items()}
        faults = []
        for fault in error.errors(include_input=False, include_url=False):
            place = str(fault["loc"][0])
            code = next((c for c in CODES if c in fault["msg"]), fault["msg"])
            faults.append((names.get(place, place), code))
        raise BadSettings(faults) from None
