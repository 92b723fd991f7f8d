using MlxVideo.Engine.Models;
using MlxVideo.Engine.Sampling;

namespace MlxVideo.Engine.Stages.Executors;

/// <summary>The registered executors, one for each stage kind that needs a model.</summary>
internal static class StageExecutors
{
    /// <summary>Creates the executors, by the type of their stages.</summary>
    /// <param name="models">The model.</param>
    /// <param name="noise">The source of a clip's noise, given its seed.</param>
    public static IReadOnlyDictionary<Type, IStageExecutor> Create(ModelCache models, Func<long, INoiseSource> noise)
    {
        IStageExecutor[] executors =
        [
            new EncodePromptExecutor(models),
            new EncodeConditioningExecutor(models),
            new DenoiseExecutor(models, noise),
            new UpsampleExecutor(models),
            new DecodeVideoExecutor(models),
            new DecodeAudioExecutor(models),
        ];
        return executors.ToDictionary(executor => executor.StageType);
    }
}
