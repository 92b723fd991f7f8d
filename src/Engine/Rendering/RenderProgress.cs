using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Rendering;

/// <summary>A clip's progress.</summary>
/// <param name="Stage">The running stage.</param>
/// <param name="Index">Zero-based index of the stage in the plan.</param>
/// <param name="Count">Number of stages in the plan.</param>
/// <param name="Progress">The stage's progress; 0 done when it starts.</param>
public sealed record RenderProgress(Stage Stage, int Index, int Count, StageProgress Progress);
