using MlxVideo.Cli;

return await CommandLine.RunAsync(args);
