"""Settings from the environment and `.env`, checked at start with one message for all faults.

Each one is documented in `.env.example`; a test holds both together.
"""

from __future__ import annotations

from typing import Annotated, Any

from cryptography.fernet import Fernet
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from adapters.cli.errors import CommandFailed
from adapters.cli.words import text


class BadSettings(CommandFailed):
    """All that is wrong with the settings: pairs of the setting's name and a code (cli.faults)."""

    def __init__(self, faults: list[tuple[str, str]]) -> None:
        super().__init__("config_fault")
        self.faults = faults

    def __str__(self) -> str:
        lines = [f"  {name} {text(f'faults.{code}')}" for name, code in self.faults]
        return "\n".join([text("config_fault"), *lines])


class Settings(BaseSettings):
    """What the operator of an installation sets. `keys` are Fernet keys, the newest first.

    After `slack_` and `teams_` a field has its name in the adapter's own settings (of_platform).
    """

    model_config = SettingsConfigDict(env_file=".env", extra="ignore", populate_by_name=True)

    database: str = Field("sqlite:///als.db", validation_alias="ALS_DATABASE")
    keys: Annotated[tuple[str, ...], NoDecode] = Field((), validation_alias="ALS_KEY")
    plaintext: bool = Field(False, validation_alias="ALS_PLAINTEXT")
    log: str = Field("info", validation_alias="ALS_LOG")
    log_json: bool = Field(False, validation_alias="ALS_LOG_JSON")
    metrics_port: int = Field(0, validation_alias="ALS_METRICS_PORT", ge=0, le=65535)
    sentry: str = Field("", validation_alias="SENTRY_DSN", repr=False)
    traces: str = Field("", validation_alias="OTEL_EXPORTER_OTLP_ENDPOINT")
    host: str = Field("127.0.0.1", validation_alias="HOST")
    port: int = Field(8080, validation_alias="PORT", ge=0, le=65535)
    slack_bot_token: str = Field("", validation_alias="SLACK_BOT_TOKEN", repr=False)
    slack_signing_secret: str = Field("", validation_alias="SLACK_SIGNING_SECRET", repr=False)
    slack_app_token: str = Field("", validation_alias="SLACK_APP_TOKEN", repr=False)
    slack_client_id: str = Field("", validation_alias="SLACK_CLIENT_ID")
    slack_client_secret: str = Field("", validation_alias="SLACK_CLIENT_SECRET", repr=False)
    slack_api: str = Field("https://slack.com/api/", validation_alias="SLACK_API_URL")
    slack_teams: Annotated[frozenset[str], NoDecode] = Field(
        frozenset(), validation_alias="SLACK_ALLOWED_TEAMS"
    )
    slack_history: bool = Field(True, validation_alias="SLACK_HISTORY")

    teams_app_id: str = Field("", validation_alias="TEAMS_APP_ID")
    teams_password: str = Field("", validation_alias="TEAMS_APP_PASSWORD", repr=False)
    teams_tenant: str = Field("", validation_alias="TEAMS_TENANT_ID")
    teams_tenants: Annotated[frozenset[str], NoDecode] = Field(
        frozenset(), validation_alias="TEAMS_ALLOWED_TENANTS"
    )
    teams_development: bool = Field(False, validation_alias="TEAMS_DEVELOPMENT")
    teams_targeted: bool = Field(False, validation_alias="TEAMS_TARGETED")
    teams_typed: bool = Field(True, validation_alias="TEAMS_RSC")

    def of_platform(self, prefix: str) -> dict[str, Any]:
        """The settings whose names begin with `slack_` or `teams_`, named as the adapter does."""
        fields = type(self).model_fields
        return {
            name.removeprefix(f"{prefix}_"): getattr(self, name)
            for name in fields
            if name.startswith(f"{prefix}_")
        }

    @field_validator("slack_api")
    @classmethod
    def _check_address(cls, value: str) -> str:
        if not value.startswith(("https://", "http://127.0.0.1:", "http://localhost:")):
            raise ValueError("bad_api_url")
        return value if value.endswith("/") else f"{value}/"

    @field_validator("keys", "slack_teams", "teams_tenants", mode="before")
    @classmethod
    def _split_at_commas(cls, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        return tuple(k.strip() for k in value.split(",") if k.strip())

    @field_validator("keys")
    @classmethod
    def _check_keys(cls, keys: tuple[str, ...]) -> tuple[str, ...]:
        for key in keys:
            try:
                Fernet(key)
            except ValueError:  # its message is not shown: the key must not stand there
                raise ValueError("bad_key") from None
        return keys

    @field_validator("log")
    @classmethod
    def _check_level(cls, value: str) -> str:
        if value.lower() not in ("debug", "info", "warning", "error"):
            raise ValueError("bad_log_level")
        return value.lower()

    @field_validator("database")
    @classmethod
    def _check_database(cls, value: str) -> str:
        if not value.startswith(("sqlite://", "postgres://", "postgresql")):
            raise ValueError("bad_database")
        return value


OWN_CODES = ("bad_key", "bad_log_level", "bad_database", "bad_api_url")
CODES = {  # by pydantic's error types
    "int_parsing": "no_number",
    "greater_than_equal": "no_port",
    "less_than_equal": "no_port",
    "bool_parsing": "no_yes_or_no",
}


def read_settings() -> Settings:
    """Read the settings. Raises BadSettings with everything that is wrong, values left out."""
    try:
        return Settings()
    except ValidationError as error:
        names = {f: str(i.validation_alias) for f, i in Settings.model_fields.items()}
        faults = []
        for fault in error.errors(include_input=False, include_url=False):
            field = str(fault["loc"][0])
            own = next((code for code in OWN_CODES if code in fault["msg"]), None)
            code = own or CODES.get(fault["type"], "bad_value")
            faults.append((names.get(field, field), code))
        raise BadSettings(faults) from None


def new_key() -> str:
    """A fresh key for ALS_KEY."""
    return Fernet.generate_key().decode()
