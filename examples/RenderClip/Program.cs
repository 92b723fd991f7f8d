// Renders a clip with the engine as a library: dotnet run --project examples/RenderClip -- "A red fox" MODEL_FOLDER fox.mp4
using MlxVideo.Engine.Models;
using MlxVideo.Engine.Rendering;
using MlxVideo.Shared.Renders;
using MlxVideo.Shared.Stages;
using MlxVideo.Shared.Stages.Planning;

if (args is not [var prompt, var folder, var output])
{
    Console.Error.WriteLine("usage: RenderClip PROMPT MODEL_FOLDER OUTPUT.mp4");
    return 2;
}

var settings = new RenderSettings { Prompt = prompt, Width = 96, Height = 64, NumFrames = 9, Seed = 1 };
var plan = StagePlanner.Plan(settings);
using var runner = new StageRunner(ModelFolder.Open(folder));
runner.RequireMemory(plan, settings);
new LocalRenderer(runner).Render(
    plan, fileOf: _ => throw new NotSupportedException("The clip has no images."), output,
    step => Console.WriteLine($"{step.Stage.Id}: {step.Progress.Done} of {step.Progress.Total}"), CancellationToken.None);
return 0;
