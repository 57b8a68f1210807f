"""What the domain lets be set."""

from pydantic import Field

from mega_toys.settings import DomainSettings


class SafetySettings(DomainSettings):
    """How far lots are traced."""

    trace_steps: int = Field(
        100, ge=1, description="Steps after which the trace of a lot is followed no further."
    )
