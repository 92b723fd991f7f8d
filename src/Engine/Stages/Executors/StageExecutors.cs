using MlxVideo.Engine.Models;
using MlxVideo.Engine.Sampling;

namespace MlxVideo.Engine.Stages.Executors;

/// <summary>The registered executors, one per stage kind that requires a model.</summary>
internal static class StageExecutors
{
    /// <summary>Creates the executors, keyed by stage type.</summary>
    /// <param name="noise">Creates the source of a clip's noise from its seed.</param>
    public static IReadOnlyDictionary<Type, IStageExecutor> Create(ModelCache models, Func<long, INoiseSource> noise)
    {
        IStageExecutor[] executors =
        [
            new EnhancePromptExecutor(models),
            new EncodePromptExecutor(models),
            new EncodeConditioningExecutor(models),
            new EncodeVideoExecutor(models),
            new EncodeAudioExecutor(models),
            new DenoiseExecutor(models, noise),
            new UpsampleExecutor(models),
            new DecodeVideoExecutor(models),
            new DecodeAudioExecutor(models),
        ];
        return executors.ToDictionary(executor => executor.StageType);
    }
}
