using MlxVideo.Shared.Stages;

namespace MlxVideo.Cli.Generate.Progress;

/// <summary>Groups the stages of a plan into phases, for people and for the programs that read mlx-video's events and profiles.</summary>
internal sealed class RenderPhases(StagePlan plan)
{
    private readonly int _passes = plan.Stages.OfType<DenoiseStage>().Select(stage => stage.PassIndex).Distinct().Count();

    /// <summary>Titles of the phases in the order of the plan, each with its number of stages.</summary>
    public IReadOnlyList<(string Text, int Stages)> Titles =>
        [.. plan.Stages.GroupBy(Title).Select(phase => (phase.Key, phase.Count()))];

    /// <summary>Returns the title of a stage's phase: <c>denoise-1</c>, or <c>decode-video</c> for all tiles.</summary>
    public string Title(Stage stage) => stage is DenoiseStage ? stage.Id : StageKinds.Of(stage).Id;

    /// <summary>Returns the phase in mlx-video's events: stage1, stage2, dev, decode; null for stages without events.</summary>
    public string? EventPhase(Stage stage) => stage switch
    {
        DenoiseStage { Guided: not null } when _passes == 1 => "dev",
        DenoiseStage denoise => $"stage{denoise.PassIndex}",
        DecodeVideoStage => "decode",
        _ => null,
    };

    /// <summary>Returns the phase in mlx-video's profiles; for stages that mlx-video lacks, the id of their kind.</summary>
    public string ProfilePhase(Stage stage) => stage switch
    {
        EnhancePromptStage => "prompt_enhance",
        EncodePromptStage => "prompt_encode",
        EncodeConditioningStage => "cond_encode",
        DenoiseStage => $"{EventPhase(stage)}_denoise",
        DecodeVideoStage => "vae_decode",
        DecodeAudioStage => "audio_decode",
        MuxStage => "video_write",
        _ => StageKinds.Of(stage).Id.Replace('-', '_'),
    };
}
