using MlxVideo.Shared.Stages;

namespace MlxVideo.Cli.Generate.Progress;

/// <summary>Follows the rendering of a clip. All calls come from the rendering thread.</summary>
internal interface IRenderObserver
{
    /// <summary>Called when a stage starts and after each of its progress units.</summary>
    void OnStep(RenderStep step);

    /// <summary>Called when a stage has finished.</summary>
    /// <param name="duration">Its time, including the loading of weights.</param>
    void OnStageEnded(Stage stage, TimeSpan duration);
}
