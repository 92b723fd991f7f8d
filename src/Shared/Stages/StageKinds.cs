namespace MlxVideo.Shared.Stages;

/// <summary>The kinds of stages by their public names; a plan may have several tasks of one kind.</summary>
public static class StageKinds
{
    /// <summary>The kind of a task.</summary>
    public static string Of(StageTask task) => task switch
    {
        EncodePromptTask => EncodePromptTask.Name,
        EncodeConditioningTask => EncodeConditioningTask.Name,
        DenoiseTask => DenoiseTask.Name,
        UpsampleTask => UpsampleTask.Name,
        DecodeVideoTask => DecodeVideoTask.Name,
        DecodeAudioTask => DecodeAudioTask.Name,
        MuxTask => MuxTask.Name,
        _ => throw new ArgumentOutOfRangeException(nameof(task), task, "Unknown stage task."),
    };
}
