using System.CommandLine;
using MlxVideo.Cli.Farm;
using MlxVideo.Engine.Models.Tiny;
using MlxVideo.Media.Ffmpeg;
using MlxVideo.Media.Images;
using MlxVideo.Shared.Api;

namespace MlxVideo.Cli.Demo;

/// <summary><c>mlx-video demo</c>: a whole farm on this machine, from a CSV to clips.</summary>
internal static class DemoCommand
{
    private const int MaxWorkers = 64;

    /// <summary>Changes whenever the tiny model that is written changes.</summary>
    private const string TinyModelName = "tiny-ltx-2.0-1";

    public static Command Create()
    {
        var csv = new Option<FileInfo?>("--csv") { Description = "The CSV to render; examples/prompts.csv by default." };
        var output = new Option<DirectoryInfo>("--output", "-o") { Description = "Folder for the clips and report.json.", DefaultValueFactory = _ => new DirectoryInfo("output") };
        var workers = new Option<int>("--workers") { Description = "Worker processes to start.", DefaultValueFactory = _ => 2 };
        var model = new Option<DirectoryInfo?>("--model") { Description = "Folder of the model; a tiny random one by default." };
        workers.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 1 or > MaxWorkers)
                result.AddError($"--workers must be 1 to {MaxWorkers}.");
        });
        var command = new Command("demo", "Start a coordinator and workers on this machine, render a CSV, and stop them again.") { csv, output, workers, model };
        command.SetAction(async (parsed, cancellation) =>
        {
            var file = parsed.GetValue(csv)?.FullName ?? Installation.ExampleCsv;
            var content = CheckedCsv.Read(file, new ImageProbe(FfmpegTools.Find()), skipInvalid: false);
            var folder = OutputFolder.Open(parsed.GetRequiredValue(output).FullName);
            var modelFolder = parsed.GetValue(model)?.FullName ?? CachedTinyModel();
            await using var farm = await LocalFarm.Start(modelFolder, parsed.GetValue(workers), cancellation);
            using var http = FarmCommand.NewHttpClient();
            var client = new FarmClient(http, farm.Api);
            using var stopOnDeath = CancellationTokenSource.CreateLinkedTokenSource(cancellation, farm.Died);
            try
            {
                var batch = await BatchSubmission.Submit(client, content.Rows, stopOnDeath.Token);
                return await BatchDelivery.Run(client, batch, content, folder, stopOnDeath.Token);
            }
            catch (Exception fault) when (farm.Obituary is { } obituary && fault is OperationCanceledException or FarmApiException)
            {
                throw new IOException(obituary, fault);
            }
        });
        return command;
    }

    private static string CachedTinyModel()
    {
        var folder = Path.Combine(Installation.CacheFolder, "models", TinyModelName);
        if (!Directory.Exists(folder))
        {
            Console.Error.WriteLine($"Creating a tiny model in {folder}.");
            TinyModel.Write(folder);
        }

        return folder;
    }
}
