using MlxVideo.Engine.Stages;
using MlxVideo.Shared.Stages;

namespace MlxVideo.Engine.Rendering;

/// <summary>How far a clip is.</summary>
/// <param name="Stage">The stage that runs.</param>
/// <param name="Index">Its place in the plan, from 0.</param>
/// <param name="Count">Stages in the plan.</param>
/// <param name="Progress">How far the stage is; 0 done when it starts.</param>
public sealed record RenderProgress(Stage Stage, int Index, int Count, StageProgress Progress);
